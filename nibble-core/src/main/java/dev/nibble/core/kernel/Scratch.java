package dev.nibble.core.kernel;

import java.util.ArrayList;
import java.util.List;

/** Matrices for what is computed on the way: lent, and given back for others to use. Thread-safe. */
public final class Scratch {
    private final List<float[]> free = new ArrayList<>();

    /** One of this size; what is in it is anything. */
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

    /** Takes matrices back that {@link #acquire} gave, and that nobody looks at any more. */
    public synchronized void release(Matrix... matrices) {
        for (Matrix matrix : matrices) {
            free.add(matrix.data());
        }
    }
}
