package dev.nibble.core.tokenizer;

import java.nio.charset.StandardCharsets;

/** How the pieces of a vocabulary stand for bytes. */
enum Spelling {
    /** Every byte is one character of {@link ByteLevel}. */
    BYTE_LEVEL,
    /** Spaces are written ▁. */
    ESCAPED_SPACES,
    /** As they are. */
    PLAIN,
    /** Begins of words are bare, what continues a word begins with ##. */
    CONTINUED_WORDS;

    private static final String CONTINUES = "##";

    /** The bytes of a piece that was learned. */
    byte[] bytes(String piece) {
        return switch (this) {
            case BYTE_LEVEL -> ByteLevel.bytes(piece).orElseGet(() -> utf8(piece));
            case ESCAPED_SPACES -> utf8(piece.replace('▁', ' '));
            case PLAIN -> utf8(piece);
            case CONTINUED_WORDS -> utf8(piece.startsWith(CONTINUES) ? piece.substring(CONTINUES.length()) : " " + piece);
        };
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
