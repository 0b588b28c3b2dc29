package dev.nibble.core.evaluation.task;

import java.util.List;

/**
 * A context and its possible continuations; a blank is inserted between.
 *
 * @param answer index of the right continuation
 */
public record Question(String context, List<String> continuations, int answer) {
    public Question {
        continuations = List.copyOf(continuations);
        if (answer < 0 || answer >= continuations.size()) {
            throw new IllegalArgumentException("answer " + answer + " of " + continuations.size());
        }
    }
}
