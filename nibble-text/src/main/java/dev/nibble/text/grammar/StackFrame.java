package dev.nibble.text.grammar;

/**
 * The top of an immutable stack: the current step of a grammar, below it the steps to continue with when a rule ends. Compared by identity;
 * the automaton shares equal frames.
 */
final class StackFrame {
    /** The empty stack: the end of the grammar. */
    static final StackFrame BOTTOM = new StackFrame(Step.END, 0);

    private final Step step;
    private final int count;
    private final StackFrame below;
    private final int depth;
    private final int id;

    /**
     * @param count repetitions so far, of a {@link Symbol.Repetition}
     * @param id    order of creation in the automaton
     */
    StackFrame(Step step, int count, StackFrame below, int id) {
        this.step = step;
        this.count = count;
        this.below = below;
        this.depth = below.depth + 1;
        this.id = id;
    }

    private StackFrame(Step step, int count) {
        this.step = step;
        this.count = count;
        this.below = this;
        this.depth = 0;
        this.id = -1;
    }

    Step step() {
        return step;
    }

    int count() {
        return count;
    }

    StackFrame below() {
        return below;
    }

    int depth() {
        return depth;
    }

    int id() {
        return id;
    }
}
