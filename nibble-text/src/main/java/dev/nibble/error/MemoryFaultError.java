package dev.nibble.error;

/** Machine code read or wrote memory that is not there, as where a mapped file was cut off. */
public final class MemoryFaultError extends InternalError {
    private static final long serialVersionUID = 1;

    /** @param kernel the name of the code */
    public MemoryFaultError(String kernel) {
        super("kernel " + kernel + " read memory that is not there: was a mapped file cut off?");
    }
}
