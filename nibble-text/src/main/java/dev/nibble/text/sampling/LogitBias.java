package dev.nibble.text.sampling;

import java.util.Map;

/**
 * Values added to the logits of some tokens; −Infinity bans a token.
 *
 * @param biases token id to bias: finite or −Infinity
 */
public record LogitBias(Map<Integer, Float> biases) implements SamplerStep {
    public LogitBias {
        biases = Map.copyOf(biases);
        biases.forEach((token, bias) -> {
            if (token < 0 || bias.isNaN() || bias == Float.POSITIVE_INFINITY) {
                throw new IllegalArgumentException("logit bias of token " + token + " is " + bias
                        + ", expected a token id from 0 and a finite number or -Infinity");
            }
        });
    }

    @Override
    public void apply(Candidates candidates, SamplerState state) {
        biases.forEach((token, bias) -> candidates.change(token, logit -> logit + bias));
    }
}
