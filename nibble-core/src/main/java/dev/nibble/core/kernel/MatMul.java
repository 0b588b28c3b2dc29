package dev.nibble.core.kernel;

/** y = x · weightᵀ, for the one weight it was prepared for. Thread-safe: any number of threads may compute different columns at once. */
@FunctionalInterface
public interface MatMul {
    /**
     * Computes columns {@code from} to {@code to} of y, on the calling thread; dividing columns among threads is the caller's task. A row of y
     * depends on its own row of x only.
     *
     * @param x tokens × inputs
     * @param y tokens × outputs
     */
    void multiply(Matrix x, Matrix y, int from, int to);

    /** The best multiple of columns for dividing the work. */
    default int grain() {
        return 1;
    }

    /** The same in two steps, for kernels that convert x first: once, not once per thread. */
    default Product start(Matrix x, Matrix y) {
        return (from, to) -> multiply(x, y, from, to);
    }

    /** Like {@link #start}, but x holds integers from −127 to 127, which even a kernel that quantizes activations uses unchanged. */
    default Product startIntegers(Matrix x, Matrix y) {
        return start(x, y);
    }

    /** A multiplication in progress. Any number of threads may compute different columns at once, after all rows are prepared. */
    @FunctionalInterface
    interface Product extends AutoCloseable {
        /** Rows of x to prepare first; 0 if there is nothing to prepare. */
        default int rows() {
            return 0;
        }

        /** Prepares rows {@code from} to {@code to} of x. */
        default void ready(int from, int to) {}

        /** Computes columns {@code from} to {@code to} of y. */
        void compute(int from, int to);

        @Override
        default void close() {}
    }
}
