package dev.nibble.core.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a token is for. */
public enum TokenType {
    NORMAL(1), UNKNOWN(2), CONTROL(3), USER_DEFINED(4), UNUSED(5), BYTE(6);

    private static final List<Optional<TokenType>> FROM_ONE = Arrays.stream(values()).map(Optional::of).toList();

    private final int number;

    TokenType(int number) {
        this.number = number;
    }

    /** The number that SentencePiece and GGUF write for it. */
    public int number() {
        return number;
    }

    static Optional<TokenType> numbered(long number) {
        return number >= 1 && number <= FROM_ONE.size() ? FROM_ONE.get((int) number - 1) : Optional.empty();
    }
}
