package dev.nibble.core.job;

/** Handling of NaN and infinite values in a source. */
public enum NonFinitePolicy {
    /** Fails, naming the tensor and the first position. */
    REFUSE,
    /** Writes 0 instead and reports it. */
    ZERO
}
