package dev.nibble.text.sampling;

/**
 * Keeps the candidates with the k largest logits, on ties those with the lower id.
 *
 * @param k 0 = all
 */
public record TopK(int k) implements SamplerStep {
    public TopK {
        Ranges.atLeast("top-k", k, 0);
    }

    @Override
    public void apply(Candidates candidates, SamplerState state) {
        if (k > 0) {
            candidates.keepTop(k);
        }
    }
}
