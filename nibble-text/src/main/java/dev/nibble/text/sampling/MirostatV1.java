package dev.nibble.text.sampling;

/**
 * Mirostat 1 (Basu et al. 2020, algorithm 1): estimates the exponent of Zipf's law from the 100 most probable candidates, and from it the k
 * that holds the surprise at its target.
 *
 * @param tau target surprise in bits, above 0
 * @param eta learning rate
 */
public record MirostatV1(float tau, float eta) implements SamplerStep {
    private static final int ESTIMATED_FROM = 100;

    public MirostatV1 {
        Ranges.above("mirostat tau", tau, 0);
        Ranges.atLeast("mirostat eta", eta, 0);
        Ranges.finite("mirostat eta", eta);
    }

    @Override
    public void apply(Candidates candidates, SamplerState state) {
        float[] top = candidates.topLogits(ESTIMATED_FROM);
        double products = 0;
        double squares = 0;
        for (int i = 0; i + 1 < top.length; i++) {
            double t = StrictMath.log((i + 2.0) / (i + 1.0));
            products += t * ((double) top[i] - top[i + 1]);
            squares += t * t;
        }
        if (squares > 0) {
            double k = k(products / squares, candidates.vocabularySize(), state.surpriseLimit(2 * tau));
            candidates.keepTop(k < candidates.count() ? Math.max(1, (int) k) : candidates.count());
        }
    }

    private static double k(double exponent, int vocabularySize, double limit) {
        double epsilon = exponent - 1;
        double spread = 1 - StrictMath.pow(vocabularySize, -epsilon);
        double base = Math.abs(epsilon) < 1e-9 ? 1 / StrictMath.log(vocabularySize) : epsilon / spread;
        return StrictMath.pow(base * StrictMath.pow(2, limit), 1 / exponent);
    }

    @Override
    public void drawn(double probability, SamplerState state) {
        state.observe(probability, tau, eta);
    }
}
