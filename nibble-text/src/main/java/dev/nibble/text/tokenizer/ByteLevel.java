package dev.nibble.text.tokenizer;

import java.util.Arrays;
import java.util.Optional;

/** The alphabet of byte-level BPE: every byte becomes a printable character, unprintable ones from U+0100 on. */
final class ByteLevel {
    private static final char[] CHARACTERS = characters();
    private static final short[] BYTES = inverse(); // −1 for characters outside the alphabet

    private ByteLevel() {}

    private static char[] characters() {
        char[] characters = new char[256];
        char next = 256;
        for (int b = 0; b < characters.length; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            characters[b] = printable ? (char) b : next++;
        }
        return characters;
    }

    static char character(byte b) {
        return CHARACTERS[b & 0xFF];
    }

    static String spell(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : bytes) {
            text.append(character(b));
        }
        return text.toString();
    }

    /** Decodes characters of the alphabet; empty if the text has others. */
    static Optional<byte[]> bytes(String text) {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = text.charAt(i);
            if (c >= BYTES.length || BYTES[c] < 0) {
                return Optional.empty();
            }
            bytes[i] = (byte) BYTES[c];
        }
        return Optional.of(bytes);
    }

    private static short[] inverse() {
        short[] bytes = new short[512];
        Arrays.fill(bytes, (short) -1);
        for (int b = 0; b < CHARACTERS.length; b++) {
            bytes[CHARACTERS[b]] = (short) b;
        }
        return bytes;
    }
}
