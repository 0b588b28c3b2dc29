package dev.nibble.text.sampling;

/**
 * Divides the logits by the temperature: below 1 favours probable tokens, above 1 the others.
 *
 * @param degree temperature; 0 keeps only the largest logit, on ties the lowest id
 */
public record Temperature(float degree) implements SamplerStep {
    public Temperature {
        Ranges.finite("temperature", degree);
        Ranges.atLeast("temperature", degree, 0);
    }

    @Override
    public void apply(Candidates candidates, SamplerState state) {
        if (degree == 0) {
            candidates.keepTop(1);
        } else if (degree != 1) {
            candidates.divide(degree);
        }
    }
}
