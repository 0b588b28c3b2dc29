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
 * A text as the windows of tokens that a model is calibrated with.
 *
 * @param name    of the text, for records
 * @param windows of one length each, the last one maybe shorter where the text is shorter than one window
 * @param left    tokens that were not used
 */
public record CalibrationText(String name, List<int[]> windows, long left) {
    private static final String RESOURCE = "calibration.txt";

    public CalibrationText {
        windows = List.copyOf(windows);
    }

    /** A text of our own, some 30 KB: prose, dialogue, letters, instructions, code and numbers, in English. Enough for small models. */
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
     * Cuts a text as {@code llama-imatrix} does: tokenized at once, cut into windows side by side, each of them begun with BOS in place of
     * its first token if the model wants one; what is left at the end is not used. A text shorter than one window becomes one short window.
     *
     * @throws UnsupportedException if there are not at least two tokens
     */
    public static CalibrationText of(String name, String text, Tokenizer tokenizer, int length, int samples) {
        int[] tokens = tokenizer.encode(text, true, false);
        if (tokens.length < 2) {
            throw new UnsupportedException(name + ": " + tokens.length + " tokens are no text to calibrate with; take a longer one");
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
