package dev.nibble.cli;

/** A turn typed line by line: triple quotes enclose several lines, and a backslash at the end continues a line. */
final class TurnLines {
    private static final String QUOTES = "\"\"\"";

    private final StringBuilder text = new StringBuilder();
    private boolean quoted;
    private boolean begun;

    /** Adds a line. @return whether the turn is complete */
    boolean add(String line) {
        String rest = line;
        if (!quoted && line.stripLeading().startsWith(QUOTES)) {
            quoted = true;
            rest = line.stripLeading().substring(QUOTES.length());
        }
        begun = true;
        if (quoted) {
            boolean ends = rest.stripTrailing().endsWith(QUOTES);
            text.append(ends ? rest.stripTrailing().substring(0, rest.stripTrailing().length() - QUOTES.length()) : rest + "\n");
            return ends;
        }
        boolean goesOn = rest.endsWith("\\");
        text.append(goesOn ? rest.substring(0, rest.length() - 1) + "\n" : rest);
        return !goesOn;
    }

    /** Returns whether a turn has begun and is incomplete. */
    boolean begun() {
        return begun;
    }

    String text() {
        return text.toString().strip();
    }
}
