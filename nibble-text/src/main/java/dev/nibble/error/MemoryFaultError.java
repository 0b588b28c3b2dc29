package dev.nibble.error;

/** Access by machine code to unmapped memory, such as a mapped file that was truncated. */
public final class MemoryFaultError extends InternalError {
    private static final long serialVersionUID = 1;

    /** @param kernel name of the kernel */
    public MemoryFaultError(String kernel) {
        super("kernel " + kernel + " read unmapped memory: was a mapped file truncated?");
    }
}
