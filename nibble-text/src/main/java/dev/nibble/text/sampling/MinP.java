package dev.nibble.text.sampling;

/**
 * Keeps the candidates whose probability is at least p times that of the most probable one (Nguyen et al. 2024).
 *
 * @param p from 0 (off) to 1
 */
public record MinP(float p) implements SamplerStep {
    public MinP {
        Ranges.within("min-p", p, 0, 1);
    }

    @Override
    public void apply(Candidates candidates, SamplerState state) {
        if (p > 0) {
            candidates.keepWithin(StrictMath.log(p));
        }
    }
}
