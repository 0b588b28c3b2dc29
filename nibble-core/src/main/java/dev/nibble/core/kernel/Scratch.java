package dev.nibble.core.kernel;

import java.util.ArrayList;
import java.util.List;

/** A pool of matrices for intermediate results. Thread-safe. */
public final class Scratch {
    private final List<float[]> free = new ArrayList<>();

    /** A matrix of this size with arbitrary contents. */
    public Matrix acquire(int rows, int columns) {
        int count = Math.multiplyExact(rows, columns);
        return new Matrix(take(count), 0, rows, columns);
    }

    private synchronized float[] take(int count) {
        int best = -1;
        for (int i = 0; i < free.size(); i++) {
            int length = free.get(i).length;
            if (length >= count && (best < 0 || length < free.get(best).length)) {
                best = i;
            }
        }
        if (best >= 0) {
            return free.remove(best);
        }
        if (!free.isEmpty()) {
            free.removeFirst(); // too small, and would stay so
        }
        return new float[count];
    }

    /** Returns matrices from {@link #acquire} that nobody uses any more. */
    public synchronized void release(Matrix... matrices) {
        for (Matrix matrix : matrices) {
            free.add(matrix.data());
        }
    }
}
