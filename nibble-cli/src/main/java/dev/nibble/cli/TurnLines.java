package dev.nibble.cli;

/** A turn that is typed line by line: between triple quotes it has many lines, and one that ends with a backslash goes on in the next. */
final class TurnLines {
    private static final String QUOTES = "\"\"\"";

    private final StringBuilder text = new StringBuilder();
    private boolean quoted;
    private boolean begun;

    /** Takes a line. @return whether the turn is complete */
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

    /** Whether there are lines, but more to come. */
    boolean begun() {
        return begun;
    }

    String text() {
        return text.toString().strip();
    }
}
