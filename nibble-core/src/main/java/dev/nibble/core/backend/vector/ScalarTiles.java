package dev.nibble.core.backend.vector;

/** Tiles in plain code, row by row and token by token; quickly compiled. */
final class ScalarTiles implements Tiles {
    @Override
    public void multiply(float[] panel, int at, int stride, float[] x, int xAt, int xStride, int tokens, int count, float[] sums,
            int sumsAt, int sumsStride) {
        for (int token = 0; token < tokens; token++) {
            for (int row = 0; row < ROWS; row++) {
                dot(panel, at + row * stride, x, xAt + token * xStride, count, sums, sumsAt + token * sumsStride + row * LaneSum.COUNT);
            }
        }
    }

    /** The product of a row and a token, eight accumulators at a time, to keep them in registers. */
    static void dot(float[] w, int wFrom, float[] x, int xFrom, int count, float[] sums, int at) {
        half(w, wFrom, x, xFrom, count, sums, at);
        half(w, wFrom + LaneSum.COUNT / 2, x, xFrom + LaneSum.COUNT / 2, count, sums, at + LaneSum.COUNT / 2);
    }

    private static void half(float[] w, int wFrom, float[] x, int xFrom, int count, float[] sums, int at) {
        float s0 = sums[at];
        float s1 = sums[at + 1];
        float s2 = sums[at + 2];
        float s3 = sums[at + 3];
        float s4 = sums[at + 4];
        float s5 = sums[at + 5];
        float s6 = sums[at + 6];
        float s7 = sums[at + 7];
        for (int i = 0; i < count; i += LaneSum.COUNT) {
            int wi = wFrom + i;
            int xi = xFrom + i;
            s0 = Math.fma(w[wi], x[xi], s0);
            s1 = Math.fma(w[wi + 1], x[xi + 1], s1);
            s2 = Math.fma(w[wi + 2], x[xi + 2], s2);
            s3 = Math.fma(w[wi + 3], x[xi + 3], s3);
            s4 = Math.fma(w[wi + 4], x[xi + 4], s4);
            s5 = Math.fma(w[wi + 5], x[xi + 5], s5);
            s6 = Math.fma(w[wi + 6], x[xi + 6], s6);
            s7 = Math.fma(w[wi + 7], x[xi + 7], s7);
        }
        sums[at] = s0;
        sums[at + 1] = s1;
        sums[at + 2] = s2;
        sums[at + 3] = s3;
        sums[at + 4] = s4;
        sums[at + 5] = s5;
        sums[at + 6] = s6;
        sums[at + 7] = s7;
    }
}
