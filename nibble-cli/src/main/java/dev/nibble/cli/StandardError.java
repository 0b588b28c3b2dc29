package dev.nibble.cli;

import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.PrintStream;

/** Messages on standard error, one line each, prefixed with the program's name. */
final class StandardError {
    private StandardError() {}

    /**
     * Bypasses the launcher's filter, which drops a warning of the JVM: {@code nibble.stderr} names the file of the real standard error. If
     * it cannot be opened (a socket, for example), messages pass through the filter.
     */
    static void useReal() {
        String real = System.getProperty("nibble.stderr");
        if (real == null) {
            return;
        }
        try {
            System.setErr(new PrintStream(new FileOutputStream(real, true), true, System.err.charset()));
        } catch (FileNotFoundException e) {
            // the filter passes all messages
        }
    }

    /** Prints an error or a note. */
    static void message(String text) {
        System.err.println("nibble: " + text);
    }

    /** Prints a warning. */
    static void warning(String text) {
        message("warning: " + text);
    }
}
