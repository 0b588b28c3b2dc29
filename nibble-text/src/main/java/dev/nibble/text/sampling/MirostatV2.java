package dev.nibble.text.sampling;

/**
 * Mirostat 2 (Basu et al. 2020): drops the candidates whose surprise exceeds a limit, which adapts so that the surprise of drawn tokens
 * averages tau.
 *
 * @param tau target surprise in bits, above 0
 * @param eta learning rate
 */
public record MirostatV2(float tau, float eta) implements SamplerStep {
    public MirostatV2 {
        Ranges.above("mirostat tau", tau, 0);
        Ranges.atLeast("mirostat eta", eta, 0);
        Ranges.finite("mirostat eta", eta);
    }

    @Override
    public void apply(Candidates candidates, SamplerState state) {
        double limit = state.surpriseLimit(2 * tau);
        double leastLogProbability = -limit * StrictMath.log(2);
        candidates.keepWithin(Math.min(0, StrictMath.log(candidates.weigh()) + leastLogProbability));
    }

    @Override
    public void drawn(double probability, SamplerState state) {
        state.observe(probability, tau, eta);
    }
}
