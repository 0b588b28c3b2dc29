package dev.nibble.text.grammar;

/**
 * A stack of places: the one a text has come to, below it those to go on at when its rule is done. Compared by identity; the automaton makes
 * equal ones once.
 */
final class Cell {
    /** The empty stack: the grammar has been followed to its end. */
    static final Cell BOTTOM = new Cell(Step.END, 0);

    private final Step step;
    private final int count;
    private final Cell below;
    private final int depth;
    private final int id;

    /**
     * @param count repetitions behind us, of a {@link Symbol.Repetition}
     * @param id    order in which the automaton made it
     */
    Cell(Step step, int count, Cell below, int id) {
        this.step = step;
        this.count = count;
        this.below = below;
        this.depth = below.depth + 1;
        this.id = id;
    }

    private Cell(Step step, int count) {
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

    Cell below() {
        return below;
    }

    int depth() {
        return depth;
    }

    int id() {
        return id;
    }
}
