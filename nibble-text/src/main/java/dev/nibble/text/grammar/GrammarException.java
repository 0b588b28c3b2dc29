package dev.nibble.text.grammar;

import dev.nibble.error.NibbleException;

/** An invalid grammar: the error with its line and column. */
public final class GrammarException extends NibbleException {
    private static final long serialVersionUID = 1;

    private final int line;
    private final int column;

    /** @param line from 1, or 0 if the error has no position; likewise column */
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
