package dev.nibble.core.evaluation.task;

import java.util.List;

/**
 * A text and ways to go on; a blank goes between.
 *
 * @param answer index of the right ending
 */
public record Question(String context, List<String> continuations, int answer) {
    public Question {
        continuations = List.copyOf(continuations);
        if (answer < 0 || answer >= continuations.size()) {
            throw new IllegalArgumentException("answer " + answer + " of " + continuations.size());
        }
    }
}
