package dev.nibble.text.grammar;

import java.util.List;

/** All parses of a text so far: the stacks whose top waits for a byte. Compared by identity. */
final class GrammarState {
    private final List<StackFrame> stacks;
    private final boolean accepting;
    private final GrammarState[] next; // by class of bytes; null = not computed yet
    private long[] tokens = {};

    GrammarState(List<StackFrame> stacks, boolean accepting, int classes) {
        this.stacks = stacks;
        this.accepting = accepting;
        this.next = new GrammarState[classes];
    }

    List<StackFrame> stacks() {
        return stacks;
    }

    boolean accepting() {
        return accepting;
    }

    /** Returns whether no text of the grammar begins like this. */
    boolean dead() {
        return stacks.isEmpty() && !accepting;
    }

    GrammarState[] next() {
        return next;
    }

    /** One bit per token that may come next; empty = not computed yet. */
    long[] tokens() {
        return tokens;
    }

    void remember(long[] allowed) {
        tokens = allowed;
    }
}
