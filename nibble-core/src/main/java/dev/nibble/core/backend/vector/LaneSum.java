package dev.nibble.core.backend.vector;

import dev.nibble.core.kernel.Matrix;

/**
 * The order in which products are summed, independent of the width of a vector: accumulator s of sixteen sums columns s, s + 16, s + 32 …,
 * each by a fused multiply-add, and the accumulators are added in pairs at distances 8, 4, 2 and 1.
 */
final class LaneSum {
    static final int COUNT = 16;

    private LaneSum() {}

    /** Adds up the accumulators from {@code s[i]} on. */
    static float sum(float[] s, int i) {
        float even = ((s[i] + s[i + 8]) + (s[i + 4] + s[i + 12])) + ((s[i + 2] + s[i + 10]) + (s[i + 6] + s[i + 14]));
        float odd = ((s[i + 1] + s[i + 9]) + (s[i + 5] + s[i + 13])) + ((s[i + 3] + s[i + 11]) + (s[i + 7] + s[i + 15]));
        return even + odd;
    }

    /** Adds the products of the last columns, fewer than there are accumulators, to theirs. */
    static void addTail(float[] w, int wFrom, float[] x, int xFrom, int count, float[] laneSums, int at) {
        for (int i = 0; i < count; i++) {
            laneSums[at + i] = Math.fma(w[wFrom + i], x[xFrom + i], laneSums[at + i]);
        }
    }

    /** Index of the accumulators of one row and token among those of a panel. */
    static int at(int token, int row, int panelRows) {
        return (token * panelRows + row) * COUNT;
    }

    /** Adds up the accumulators of {@code rows} rows of a panel into a row of y for each token. */
    static void sum(float[] laneSums, int panelRows, int rows, Matrix y, int firstToken, int tokens, int column) {
        for (int token = 0; token < tokens; token++) {
            int to = y.at(firstToken + token) + column;
            for (int row = 0; row < rows; row++) {
                y.data()[to + row] = sum(laneSums, at(token, row, panelRows));
            }
        }
    }
}
