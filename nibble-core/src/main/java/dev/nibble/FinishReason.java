package dev.nibble;

/** The reason an answer ended. */
public enum FinishReason {
    /** The model produced an end token. */
    END_OF_TEXT,
    /** A stop string appeared. */
    STOP_STRING,
    /** The answer reached the requested number of tokens. */
    MAX_TOKENS,
    /** The context is full; earlier tokens are never discarded. */
    CONTEXT_FULL, CANCELLED
}
