package dev.nibble.core.backend.vector;

import jdk.incubator.vector.FloatVector;

/**
 * Tiles with the Vector API: four rows with six, three or one tokens, every sum in a register. If a vector has fewer lanes than there are
 * accumulators, each part of the accumulators takes a pass over the columns.
 *
 * <p>
 * Unrolled by hand: in methods this large the compiler inlines only the Vector API itself.
 */
final class LaneTiles implements Tiles {
    /** Whether tiles have six tokens: their 24 sums need 32 registers, and processors with narrower vectors have 16. */
    private static final boolean SIXES = Lanes.COUNT == LaneSum.COUNT;

    @Override
    public void multiply(float[] panel, int at, int stride, float[] x, int xAt, int xStride, int tokens, int count, float[] sums,
            int sumsAt, int sumsStride) {
        for (int lane = 0; lane < LaneSum.COUNT; lane += Lanes.COUNT) {
            int w = at + lane;
            int xs = xAt + lane;
            int to = sumsAt + lane;
            int token = 0;
            while (SIXES && token + TOKENS <= tokens) {
                six(panel, w, stride, x, xs + token * xStride, xStride, count, sums, to + token * sumsStride, sumsStride);
                token += TOKENS;
            }
            while (token + 3 <= tokens) {
                three(panel, w, stride, x, xs + token * xStride, xStride, count, sums, to + token * sumsStride, sumsStride);
                token += 3;
            }
            while (token < tokens) {
                one(panel, w, stride, x, xs + token * xStride, count, sums, to + token * sumsStride);
                token++;
            }
        }
    }

    private static void one(float[] w, int at, int stride, float[] x, int xAt, int count, float[] sums, int to) {
        FloatVector a0 = FloatVector.fromArray(Lanes.FLOATS, sums, to);
        FloatVector b0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + LaneSum.COUNT);
        FloatVector c0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * LaneSum.COUNT);
        FloatVector d0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 3 * LaneSum.COUNT);
        for (int i = 0; i < count; i += LaneSum.COUNT) {
            FloatVector a = FloatVector.fromArray(Lanes.FLOATS, w, at + i);
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, w, at + stride + i);
            FloatVector c = FloatVector.fromArray(Lanes.FLOATS, w, at + 2 * stride + i);
            FloatVector d = FloatVector.fromArray(Lanes.FLOATS, w, at + 3 * stride + i);
            FloatVector token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + i);
            a0 = a.fma(token, a0);
            b0 = b.fma(token, b0);
            c0 = c.fma(token, c0);
            d0 = d.fma(token, d0);
        }
        a0.intoArray(sums, to);
        b0.intoArray(sums, to + LaneSum.COUNT);
        c0.intoArray(sums, to + 2 * LaneSum.COUNT);
        d0.intoArray(sums, to + 3 * LaneSum.COUNT);
    }

    private static void three(float[] w, int at, int stride, float[] x, int xAt, int xStride, int count, float[] sums, int to,
            int toStride) {
        FloatVector a0 = FloatVector.fromArray(Lanes.FLOATS, sums, to);
        FloatVector b0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + LaneSum.COUNT);
        FloatVector c0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * LaneSum.COUNT);
        FloatVector d0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 3 * LaneSum.COUNT);
        FloatVector a1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + toStride);
        FloatVector b1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + toStride + LaneSum.COUNT);
        FloatVector c1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + toStride + 2 * LaneSum.COUNT);
        FloatVector d1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + toStride + 3 * LaneSum.COUNT);
        FloatVector a2 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * toStride);
        FloatVector b2 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * toStride + LaneSum.COUNT);
        FloatVector c2 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * toStride + 2 * LaneSum.COUNT);
        FloatVector d2 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * toStride + 3 * LaneSum.COUNT);
        for (int i = 0; i < count; i += LaneSum.COUNT) {
            FloatVector a = FloatVector.fromArray(Lanes.FLOATS, w, at + i);
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, w, at + stride + i);
            FloatVector c = FloatVector.fromArray(Lanes.FLOATS, w, at + 2 * stride + i);
            FloatVector d = FloatVector.fromArray(Lanes.FLOATS, w, at + 3 * stride + i);
            FloatVector token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + i);
            a0 = a.fma(token, a0);
            b0 = b.fma(token, b0);
            c0 = c.fma(token, c0);
            d0 = d.fma(token, d0);
            token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + xStride + i);
            a1 = a.fma(token, a1);
            b1 = b.fma(token, b1);
            c1 = c.fma(token, c1);
            d1 = d.fma(token, d1);
            token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + 2 * xStride + i);
            a2 = a.fma(token, a2);
            b2 = b.fma(token, b2);
            c2 = c.fma(token, c2);
            d2 = d.fma(token, d2);
        }
        a0.intoArray(sums, to);
        b0.intoArray(sums, to + LaneSum.COUNT);
        c0.intoArray(sums, to + 2 * LaneSum.COUNT);
        d0.intoArray(sums, to + 3 * LaneSum.COUNT);
        a1.intoArray(sums, to + toStride);
        b1.intoArray(sums, to + toStride + LaneSum.COUNT);
        c1.intoArray(sums, to + toStride + 2 * LaneSum.COUNT);
        d1.intoArray(sums, to + toStride + 3 * LaneSum.COUNT);
        a2.intoArray(sums, to + 2 * toStride);
        b2.intoArray(sums, to + 2 * toStride + LaneSum.COUNT);
        c2.intoArray(sums, to + 2 * toStride + 2 * LaneSum.COUNT);
        d2.intoArray(sums, to + 2 * toStride + 3 * LaneSum.COUNT);
    }

    private static void six(float[] w, int at, int stride, float[] x, int xAt, int xStride, int count, float[] sums, int to, int toStride) {
        FloatVector a0 = FloatVector.fromArray(Lanes.FLOATS, sums, to);
        FloatVector b0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + LaneSum.COUNT);
        FloatVector c0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * LaneSum.COUNT);
        FloatVector d0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 3 * LaneSum.COUNT);
        FloatVector a1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + toStride);
        FloatVector b1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + toStride + LaneSum.COUNT);
        FloatVector c1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + toStride + 2 * LaneSum.COUNT);
        FloatVector d1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + toStride + 3 * LaneSum.COUNT);
        FloatVector a2 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * toStride);
        FloatVector b2 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * toStride + LaneSum.COUNT);
        FloatVector c2 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * toStride + 2 * LaneSum.COUNT);
        FloatVector d2 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 2 * toStride + 3 * LaneSum.COUNT);
        FloatVector a3 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 3 * toStride);
        FloatVector b3 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 3 * toStride + LaneSum.COUNT);
        FloatVector c3 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 3 * toStride + 2 * LaneSum.COUNT);
        FloatVector d3 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 3 * toStride + 3 * LaneSum.COUNT);
        FloatVector a4 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 4 * toStride);
        FloatVector b4 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 4 * toStride + LaneSum.COUNT);
        FloatVector c4 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 4 * toStride + 2 * LaneSum.COUNT);
        FloatVector d4 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 4 * toStride + 3 * LaneSum.COUNT);
        FloatVector a5 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 5 * toStride);
        FloatVector b5 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 5 * toStride + LaneSum.COUNT);
        FloatVector c5 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 5 * toStride + 2 * LaneSum.COUNT);
        FloatVector d5 = FloatVector.fromArray(Lanes.FLOATS, sums, to + 5 * toStride + 3 * LaneSum.COUNT);
        for (int i = 0; i < count; i += LaneSum.COUNT) {
            FloatVector a = FloatVector.fromArray(Lanes.FLOATS, w, at + i);
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, w, at + stride + i);
            FloatVector c = FloatVector.fromArray(Lanes.FLOATS, w, at + 2 * stride + i);
            FloatVector d = FloatVector.fromArray(Lanes.FLOATS, w, at + 3 * stride + i);
            FloatVector token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + i);
            a0 = a.fma(token, a0);
            b0 = b.fma(token, b0);
            c0 = c.fma(token, c0);
            d0 = d.fma(token, d0);
            token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + xStride + i);
            a1 = a.fma(token, a1);
            b1 = b.fma(token, b1);
            c1 = c.fma(token, c1);
            d1 = d.fma(token, d1);
            token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + 2 * xStride + i);
            a2 = a.fma(token, a2);
            b2 = b.fma(token, b2);
            c2 = c.fma(token, c2);
            d2 = d.fma(token, d2);
            token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + 3 * xStride + i);
            a3 = a.fma(token, a3);
            b3 = b.fma(token, b3);
            c3 = c.fma(token, c3);
            d3 = d.fma(token, d3);
            token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + 4 * xStride + i);
            a4 = a.fma(token, a4);
            b4 = b.fma(token, b4);
            c4 = c.fma(token, c4);
            d4 = d.fma(token, d4);
            token = FloatVector.fromArray(Lanes.FLOATS, x, xAt + 5 * xStride + i);
            a5 = a.fma(token, a5);
            b5 = b.fma(token, b5);
            c5 = c.fma(token, c5);
            d5 = d.fma(token, d5);
        }
        a0.intoArray(sums, to);
        b0.intoArray(sums, to + LaneSum.COUNT);
        c0.intoArray(sums, to + 2 * LaneSum.COUNT);
        d0.intoArray(sums, to + 3 * LaneSum.COUNT);
        a1.intoArray(sums, to + toStride);
        b1.intoArray(sums, to + toStride + LaneSum.COUNT);
        c1.intoArray(sums, to + toStride + 2 * LaneSum.COUNT);
        d1.intoArray(sums, to + toStride + 3 * LaneSum.COUNT);
        a2.intoArray(sums, to + 2 * toStride);
        b2.intoArray(sums, to + 2 * toStride + LaneSum.COUNT);
        c2.intoArray(sums, to + 2 * toStride + 2 * LaneSum.COUNT);
        d2.intoArray(sums, to + 2 * toStride + 3 * LaneSum.COUNT);
        a3.intoArray(sums, to + 3 * toStride);
        b3.intoArray(sums, to + 3 * toStride + LaneSum.COUNT);
        c3.intoArray(sums, to + 3 * toStride + 2 * LaneSum.COUNT);
        d3.intoArray(sums, to + 3 * toStride + 3 * LaneSum.COUNT);
        a4.intoArray(sums, to + 4 * toStride);
        b4.intoArray(sums, to + 4 * toStride + LaneSum.COUNT);
        c4.intoArray(sums, to + 4 * toStride + 2 * LaneSum.COUNT);
        d4.intoArray(sums, to + 4 * toStride + 3 * LaneSum.COUNT);
        a5.intoArray(sums, to + 5 * toStride);
        b5.intoArray(sums, to + 5 * toStride + LaneSum.COUNT);
        c5.intoArray(sums, to + 5 * toStride + 2 * LaneSum.COUNT);
        d5.intoArray(sums, to + 5 * toStride + 3 * LaneSum.COUNT);
    }
}
