package dev.nibble;

/** Why an answer ended. */
public enum FinishReason {
    /** The model said it is done. */
    END_OF_TEXT,
    /** One of the strings to stop at came. */
    STOP_STRING,
    /** As many tokens as were asked for. */
    MAX_TOKENS,
    /** The context is full; nothing before is thrown away to make room. */
    CONTEXT_FULL,
    /** Whoever asked does not want more. */
    CANCELLED
}
