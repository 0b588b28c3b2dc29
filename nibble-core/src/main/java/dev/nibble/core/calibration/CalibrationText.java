package dev.nibble.core.calibration;

import dev.nibble.error.UnsupportedException;
import dev.nibble.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * A text as windows of tokens for calibration.
 *
 * @param name    of the text, for records
 * @param windows of equal length, except that a text shorter than one window makes a single shorter one
 * @param left    unused tokens
 */
public record CalibrationText(String name, List<int[]> windows, long left) {
    private static final String RESOURCE = "calibration.txt";

    public CalibrationText {
        windows = List.copyOf(windows);
    }

    /** A built-in English text of some 30 KB: prose, dialogue, letters, instructions, code and numbers. Enough for small models. */
    public static String builtIn() {
        try (InputStream in = CalibrationText.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + RESOURCE + " is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Splits a text like {@code llama-imatrix}: tokenized at once, cut into consecutive windows whose first token is replaced by BOS if the
     * model wants one; the remainder is not used. A text shorter than one window becomes one short window.
     *
     * @throws UnsupportedException for fewer than two tokens
     */
    public static CalibrationText of(String name, String text, Tokenizer tokenizer, int length, int samples) {
        int[] tokens = tokenizer.encode(text, true, false);
        if (tokens.length < 2) {
            throw new UnsupportedException(name + ": " + tokens.length + " tokens are too few to calibrate with; use a longer text");
        }
        OptionalInt begin = tokenizer.special().addsBos() ? tokenizer.special().bos() : OptionalInt.empty();
        int size = Math.min(length, tokens.length);
        List<int[]> windows = new ArrayList<>();
        for (int from = 0; from + size <= tokens.length && windows.size() < samples; from += size) {
            int[] window = Arrays.copyOfRange(tokens, from, from + size);
            begin.ifPresent(bos -> window[0] = bos);
            windows.add(window);
        }
        return new CalibrationText(name, windows, tokens.length - (long) windows.size() * size);
    }

    /** Tokens in all windows. */
    public long tokens() {
        return windows.stream().mapToLong(window -> window.length).sum();
    }

    /** Tokens in the longest window. */
    public int length() {
        return windows.stream().mapToInt(window -> window.length).max().orElse(0);
    }
}
