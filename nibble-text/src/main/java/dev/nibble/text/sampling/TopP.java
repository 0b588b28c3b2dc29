package dev.nibble.text.sampling;

/**
 * Keeps the most probable candidates, up to and including the one at which their probabilities sum to p (nucleus sampling, Holtzman et al.
 * 2019).
 *
 * @param p from 0 (only the most probable) to 1 (off)
 */
public record TopP(float p) implements SamplerStep {
    public TopP {
        Ranges.within("top-p", p, 0, 1);
    }

    @Override
    public void apply(Candidates candidates, SamplerState state) {
        if (p < 1) {
            candidates.keepMass(p);
        }
    }
}
