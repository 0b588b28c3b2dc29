package dev.nibble.text.grammar;

import dev.nibble.error.NibbleException;

/** A grammar that cannot be used: what is wrong with it, and in which line and column. */
public final class GrammarException extends NibbleException {
    private static final long serialVersionUID = 1;

    private final int line;
    private final int column;

    /** @param line from 1, or 0 if the mistake has no place; so too column */
    GrammarException(int line, int column, String reason) {
        super("grammar" + (line > 0 ? ", line " + line + ", column " + column : "") + ": " + reason);
        this.line = line;
        this.column = column;
    }

    public int line() {
        return line;
    }

    public int column() {
        return column;
    }
}
