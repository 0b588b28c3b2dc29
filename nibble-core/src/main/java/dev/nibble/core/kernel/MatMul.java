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

    /** The same in two steps, for kernels that bring x into another form first: once, not once for every thread. */
    default Product start(Matrix x, Matrix y) {
        return (from, to) -> multiply(x, y, from, to);
    }

    /** Like {@link #start}, but x holds integers from −127 to 127, and even a kernel that rounds activations takes them as they are. */
    default Product startIntegers(Matrix x, Matrix y) {
        return start(x, y);
    }

    /** One multiplication that is going on. Any number of threads may compute different columns at once, after all rows are ready. */
    @FunctionalInterface
    interface Product extends AutoCloseable {
        /** Rows of x that are to be made ready first; 0 if there is nothing to do. */
        default int rows() {
            return 0;
        }

        /** Makes rows {@code from} to {@code to} of x ready. */
        default void ready(int from, int to) {}

        /** Computes columns {@code from} to {@code to} of y. */
        void compute(int from, int to);

        @Override
        default void close() {}
    }
}
