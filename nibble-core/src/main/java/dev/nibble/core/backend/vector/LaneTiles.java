package dev.nibble.core.backend.vector;

import jdk.incubator.vector.FloatVector;

/**
 * Tiles in lanes: four rows with six, three or one tokens, every sum in a register. Where a vector has fewer lanes than there are strands,
 * the columns are gone through once for each part of the strands.
 */
final class LaneTiles implements Tiles {
    /** 24 sums need 32 registers; processors with narrower vectors have 16 of them. */
    private static final boolean SIXES = Lanes.COUNT == Strands.COUNT;

    @Override
    public void multiply(float[] panel, int at, int stride, float[] x, int xAt, int xStride, int tokens, int count, float[] sums,
            int sumsAt, int sumsStride) {
        for (int lane = 0; lane < Strands.COUNT; lane += Lanes.COUNT) {
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

    private static FloatVector load(float[] numbers, int at) {
        return FloatVector.fromArray(Lanes.FLOATS, numbers, at);
    }

    private static void one(float[] w, int at, int stride, float[] x, int xAt, int count, float[] sums, int to) {
        FloatVector a = load(sums, to);
        FloatVector b = load(sums, to + Strands.COUNT);
        FloatVector c = load(sums, to + 2 * Strands.COUNT);
        FloatVector d = load(sums, to + 3 * Strands.COUNT);
        for (int i = 0; i < count; i += Strands.COUNT) {
            FloatVector token = load(x, xAt + i);
            a = load(w, at + i).fma(token, a);
            b = load(w, at + stride + i).fma(token, b);
            c = load(w, at + 2 * stride + i).fma(token, c);
            d = load(w, at + 3 * stride + i).fma(token, d);
        }
        store(a, b, c, d, sums, to);
    }

    private static void store(FloatVector a, FloatVector b, FloatVector c, FloatVector d, float[] sums, int to) {
        a.intoArray(sums, to);
        b.intoArray(sums, to + Strands.COUNT);
        c.intoArray(sums, to + 2 * Strands.COUNT);
        d.intoArray(sums, to + 3 * Strands.COUNT);
    }

    private static void three(float[] w, int at, int stride, float[] x, int xAt, int xStride, int count, float[] sums, int to,
            int toStride) {
        FloatVector a0 = load(sums, to);
        FloatVector b0 = load(sums, to + Strands.COUNT);
        FloatVector c0 = load(sums, to + 2 * Strands.COUNT);
        FloatVector d0 = load(sums, to + 3 * Strands.COUNT);
        FloatVector a1 = load(sums, to + toStride);
        FloatVector b1 = load(sums, to + toStride + Strands.COUNT);
        FloatVector c1 = load(sums, to + toStride + 2 * Strands.COUNT);
        FloatVector d1 = load(sums, to + toStride + 3 * Strands.COUNT);
        FloatVector a2 = load(sums, to + 2 * toStride);
        FloatVector b2 = load(sums, to + 2 * toStride + Strands.COUNT);
        FloatVector c2 = load(sums, to + 2 * toStride + 2 * Strands.COUNT);
        FloatVector d2 = load(sums, to + 2 * toStride + 3 * Strands.COUNT);
        for (int i = 0; i < count; i += Strands.COUNT) {
            FloatVector a = load(w, at + i);
            FloatVector b = load(w, at + stride + i);
            FloatVector c = load(w, at + 2 * stride + i);
            FloatVector d = load(w, at + 3 * stride + i);
            FloatVector token = load(x, xAt + i);
            a0 = a.fma(token, a0);
            b0 = b.fma(token, b0);
            c0 = c.fma(token, c0);
            d0 = d.fma(token, d0);
            token = load(x, xAt + xStride + i);
            a1 = a.fma(token, a1);
            b1 = b.fma(token, b1);
            c1 = c.fma(token, c1);
            d1 = d.fma(token, d1);
            token = load(x, xAt + 2 * xStride + i);
            a2 = a.fma(token, a2);
            b2 = b.fma(token, b2);
            c2 = c.fma(token, c2);
            d2 = d.fma(token, d2);
        }
        store(a0, b0, c0, d0, sums, to);
        store(a1, b1, c1, d1, sums, to + toStride);
        store(a2, b2, c2, d2, sums, to + 2 * toStride);
    }

    private static void six(float[] w, int at, int stride, float[] x, int xAt, int xStride, int count, float[] sums, int to, int toStride) {
        FloatVector a0 = load(sums, to);
        FloatVector b0 = load(sums, to + Strands.COUNT);
        FloatVector c0 = load(sums, to + 2 * Strands.COUNT);
        FloatVector d0 = load(sums, to + 3 * Strands.COUNT);
        FloatVector a1 = load(sums, to + toStride);
        FloatVector b1 = load(sums, to + toStride + Strands.COUNT);
        FloatVector c1 = load(sums, to + toStride + 2 * Strands.COUNT);
        FloatVector d1 = load(sums, to + toStride + 3 * Strands.COUNT);
        FloatVector a2 = load(sums, to + 2 * toStride);
        FloatVector b2 = load(sums, to + 2 * toStride + Strands.COUNT);
        FloatVector c2 = load(sums, to + 2 * toStride + 2 * Strands.COUNT);
        FloatVector d2 = load(sums, to + 2 * toStride + 3 * Strands.COUNT);
        FloatVector a3 = load(sums, to + 3 * toStride);
        FloatVector b3 = load(sums, to + 3 * toStride + Strands.COUNT);
        FloatVector c3 = load(sums, to + 3 * toStride + 2 * Strands.COUNT);
        FloatVector d3 = load(sums, to + 3 * toStride + 3 * Strands.COUNT);
        FloatVector a4 = load(sums, to + 4 * toStride);
        FloatVector b4 = load(sums, to + 4 * toStride + Strands.COUNT);
        FloatVector c4 = load(sums, to + 4 * toStride + 2 * Strands.COUNT);
        FloatVector d4 = load(sums, to + 4 * toStride + 3 * Strands.COUNT);
        FloatVector a5 = load(sums, to + 5 * toStride);
        FloatVector b5 = load(sums, to + 5 * toStride + Strands.COUNT);
        FloatVector c5 = load(sums, to + 5 * toStride + 2 * Strands.COUNT);
        FloatVector d5 = load(sums, to + 5 * toStride + 3 * Strands.COUNT);
        for (int i = 0; i < count; i += Strands.COUNT) {
            FloatVector a = load(w, at + i);
            FloatVector b = load(w, at + stride + i);
            FloatVector c = load(w, at + 2 * stride + i);
            FloatVector d = load(w, at + 3 * stride + i);
            FloatVector token = load(x, xAt + i);
            a0 = a.fma(token, a0);
            b0 = b.fma(token, b0);
            c0 = c.fma(token, c0);
            d0 = d.fma(token, d0);
            token = load(x, xAt + xStride + i);
            a1 = a.fma(token, a1);
            b1 = b.fma(token, b1);
            c1 = c.fma(token, c1);
            d1 = d.fma(token, d1);
            token = load(x, xAt + 2 * xStride + i);
            a2 = a.fma(token, a2);
            b2 = b.fma(token, b2);
            c2 = c.fma(token, c2);
            d2 = d.fma(token, d2);
            token = load(x, xAt + 3 * xStride + i);
            a3 = a.fma(token, a3);
            b3 = b.fma(token, b3);
            c3 = c.fma(token, c3);
            d3 = d.fma(token, d3);
            token = load(x, xAt + 4 * xStride + i);
            a4 = a.fma(token, a4);
            b4 = b.fma(token, b4);
            c4 = c.fma(token, c4);
            d4 = d.fma(token, d4);
            token = load(x, xAt + 5 * xStride + i);
            a5 = a.fma(token, a5);
            b5 = b.fma(token, b5);
            c5 = c.fma(token, c5);
            d5 = d.fma(token, d5);
        }
        store(a0, b0, c0, d0, sums, to);
        store(a1, b1, c1, d1, sums, to + toStride);
        store(a2, b2, c2, d2, sums, to + 2 * toStride);
        store(a3, b3, c3, d3, sums, to + 3 * toStride);
        store(a4, b4, c4, d4, sums, to + 4 * toStride);
        store(a5, b5, c5, d5, sums, to + 5 * toStride);
    }
}
