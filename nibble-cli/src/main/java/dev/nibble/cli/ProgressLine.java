package dev.nibble.cli;

/** A status line of a long command on standard error; shown on terminals only. */
final class ProgressLine implements AutoCloseable {
    private final String what;
    private final boolean terminal = Boolean.getBoolean("nibble.terminal");

    ProgressLine(String what) {
        this.what = what;
        show("");
    }

    void show(String state) {
        if (terminal) {
            System.err.print("\r" + what + (state.isEmpty() ? "" : ": " + state) + "\u001b[K");
            System.err.flush();
        }
    }

    /** Clears the line from the terminal. */
    @Override
    public void close() {
        if (terminal) {
            System.err.print("\r\u001b[K");
            System.err.flush();
        }
    }
}
