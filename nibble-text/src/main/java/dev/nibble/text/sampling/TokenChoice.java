package dev.nibble.text.sampling;

import java.util.List;

/**
 * A drawn token and its log probability: natural logarithm of the softmax of the raw logits, before bias, constraint, penalties and all
 * other steps.
 *
 * @param top the most probable tokens, most probable first, ties by rising id
 */
public record TokenChoice(int id, float logProbability, List<Alternative> top) {
    public TokenChoice {
        top = List.copyOf(top);
    }

    /** A token that could have been drawn instead. */
    public record Alternative(int id, float logProbability) {}
}
