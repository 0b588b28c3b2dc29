package dev.nibble.core.linalg;

/**
 * The normalised Hadamard matrix in Sylvester's order: symmetric, orthogonal, its own inverse; entries are {@code ±1/√size}. Spreads an
 * outlier evenly over all numbers. For a size that is not a power of two: block-diagonal, blocks of the largest power of two that divides
 * it.
 */
public final class Hadamard {
    private Hadamard() {}

    /** The size of a block for vectors of {@code size} numbers. */
    public static int blockSize(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a Hadamard matrix of size " + size);
        }
        return Integer.lowestOneBit(size);
    }

    /** {@code x ← H · x} for {@code size} numbers from {@code from} on: the fast Walsh transform, {@code size · log₂ size} additions. */
    public static void transform(float[] x, int from, int size) {
        int block = blockSize(size);
        for (int at = from; at < from + size; at += block) {
            walsh(x, at, block);
        }
    }

    private static void walsh(float[] x, int from, int size) {
        for (int half = 1; half < size; half *= 2) {
            for (int pair = from; pair < from + size; pair += 2 * half) {
                for (int i = pair; i < pair + half; i++) {
                    float sum = x[i] + x[i + half];
                    x[i + half] = x[i] - x[i + half];
                    x[i] = sum;
                }
            }
        }
        float scale = (float) (1 / Math.sqrt(size));
        for (int i = from; i < from + size; i++) {
            x[i] *= scale;
        }
    }
}
