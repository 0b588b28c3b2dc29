package dev.nibble.core.job;

/** What to do with NaN and infinite numbers in a source. */
public enum NonFinitePolicy {
    /** Stop, naming the tensor and the first place. */
    REFUSE,
    /** Write 0 instead, and say so in the report and the file's metadata. */
    ZERO
}
