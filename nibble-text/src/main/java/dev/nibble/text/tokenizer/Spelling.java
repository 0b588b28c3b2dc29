package dev.nibble.text.tokenizer;

import java.nio.charset.StandardCharsets;

/** Encoding of bytes in the pieces of a vocabulary. */
enum Spelling {
    /** Every byte is one character of {@link ByteLevel}. */
    BYTE_LEVEL,
    /** Spaces are written ▁. */
    ESCAPED_SPACES,
    /** Pieces are plain text. */
    PLAIN;

    byte[] bytes(String piece) {
        return switch (this) {
            case BYTE_LEVEL -> ByteLevel.bytes(piece).orElseGet(() -> utf8(piece));
            case ESCAPED_SPACES -> utf8(piece.replace('▁', ' '));
            case PLAIN -> utf8(piece);
        };
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
