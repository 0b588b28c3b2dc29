package dev.nibble.text.grammar;

/** A position in an alternative: its symbol and the next position. Compared by identity. */
final class Step {
    /** The end of an alternative. */
    static final Step END = new Step();

    private final Symbol symbol;
    private final Step next;

    Step(Symbol symbol, Step next) {
        this.symbol = symbol;
        this.next = next;
    }

    private Step() {
        this.symbol = new Symbol.Bytes(new int[0], new int[0], new Step[0]);
        this.next = this;
    }

    Symbol symbol() {
        return symbol;
    }

    /** Next step; unused for {@link Symbol.Bytes}, whose ranges have one each. */
    Step next() {
        return next;
    }
}
