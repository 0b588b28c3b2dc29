package dev.nibble.core.kernel;

/** y = x · weightᵀ, for the one weight it was prepared for. Thread-safe: any number of threads may compute different columns at once. */
@FunctionalInterface
public interface MatMul {
    /**
     * Computes columns {@code from} to {@code to} of y, on the calling thread; who shares out columns is no concern of a kernel. A row of y
     * depends on its own row of x only.
     *
     * @param x tokens × inputs
     * @param y tokens × outputs
     */
    void multiply(Matrix x, Matrix y, int from, int to);

    /** Columns are best shared out in multiples of this. */
    default int grain() {
        return 1;
    }
}
