package dev.nibble.core.tokenizer;

/** The alphabet of byte-level BPE: every byte is a printable character, those that are none are moved up from U+0100 on. */
final class ByteLevel {
    private static final char[] CHARACTERS = characters();

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
}
