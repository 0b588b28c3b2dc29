package dev.nibble.text.tokenizer;

import java.util.Optional;

/** Purpose of a token, numbered as in GGUF. */
public enum TokenType {
    NORMAL(1), UNKNOWN(2), CONTROL(3), USER_DEFINED(4), UNUSED(5), BYTE(6);

    private final int number;

    TokenType(int number) {
        this.number = number;
    }

    /** The number in SentencePiece and GGUF files. */
    public int number() {
        return number;
    }

    static Optional<TokenType> numbered(long number) {
        for (TokenType type : values()) { // no stream: there may be hundreds of thousands of tokens
            if (type.number == number) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
