package dev.nibble.cli;

import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.PrintStream;

/** Where messages go, one line each, all under the program's name. */
final class StandardError {
    private StandardError() {}

    /**
     * Writes past the launcher's filter, which drops a warning of the JVM: {@code nibble.stderr} names the file that is the real standard
     * error. Where it cannot be opened (a socket, say), messages take the way through the filter.
     */
    static void useReal() {
        String real = System.getProperty("nibble.stderr");
        if (real == null) {
            return;
        }
        try {
            System.setErr(new PrintStream(new FileOutputStream(real, true), true, System.err.charset()));
        } catch (FileNotFoundException e) {
            // the filter passes everything on
        }
    }

    /** Prints an error, or a note on what the program does. */
    static void message(String text) {
        System.err.println("nibble: " + text);
    }

    /** Prints what the user should look at; the program goes on. */
    static void warning(String text) {
        message("warning: " + text);
    }
}
