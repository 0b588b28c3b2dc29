package dev.nibble.core.evaluation.task;

import java.util.List;

/**
 * A text and ways to go on; a blank goes between.
 *
 * @param answer index of the right ending
 */
public record Question(String context, List<String> endings, int answer) {
    public Question {
        endings = List.copyOf(endings);
        if (answer < 0 || answer >= endings.size()) {
            throw new IllegalArgumentException("answer " + answer + " of " + endings.size());
        }
    }
}
