package dev.nibble.core.backend.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q8_0 and Q4_0 to Q5_1: 32 values with one scale; for the byte layouts see the codecs. A scale of 11 bits times a code is exact, so fusing
 * the minimum gives the codecs' results.
 */
final class ScaledDecoders {
    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;

    private ScaledDecoders() {}

    static void q8_0(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int block = 0; block < count / SIZE; block++) {
            long at = offset + block * 34L;
            int to = from + block * SIZE;
            float scale = Lanes.half(source, at);
            for (int i = 0; i < SIZE; i += Lanes.COUNT) {
                Lanes.floats(Lanes.signedBytes(source, at + 2 + i)).mul(scale).intoArray(target, to + i);
            }
        }
    }

    static void q4_0(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int block = 0; block < count / SIZE; block++) {
            long at = offset + block * 18L;
            int to = from + block * SIZE;
            float scale = Lanes.half(source, at);
            for (int i = 0; i < HALF; i += Lanes.COUNT) {
                IntVector pair = Lanes.bytes(source, at + 2 + i);
                Lanes.floats(pair.and(15).sub(8)).mul(scale).intoArray(target, to + i);
                Lanes.floats(Lanes.shiftRight(pair, 4).sub(8)).mul(scale).intoArray(target, to + HALF + i);
            }
        }
    }

    static void q4_1(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int block = 0; block < count / SIZE; block++) {
            long at = offset + block * 20L;
            int to = from + block * SIZE;
            FloatVector scale = FloatVector.broadcast(Lanes.FLOATS, Lanes.half(source, at));
            FloatVector minimum = FloatVector.broadcast(Lanes.FLOATS, Lanes.half(source, at + 2));
            for (int i = 0; i < HALF; i += Lanes.COUNT) {
                IntVector pair = Lanes.bytes(source, at + 4 + i);
                Lanes.floats(pair.and(15)).fma(scale, minimum).intoArray(target, to + i);
                Lanes.floats(Lanes.shiftRight(pair, 4)).fma(scale, minimum).intoArray(target, to + HALF + i);
            }
        }
    }

    static void q5_0(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int block = 0; block < count / SIZE; block++) {
            long at = offset + block * 22L;
            int to = from + block * SIZE;
            float scale = Lanes.half(source, at);
            int fifthBits = Lanes.integer(source, at + 2);
            for (int i = 0; i < HALF; i += Lanes.COUNT) {
                IntVector pair = Lanes.bytes(source, at + 6 + i);
                IntVector low = pair.and(15).or(fifthBits(fifthBits >>> i));
                IntVector high = Lanes.shiftRight(pair, 4).or(fifthBits(fifthBits >>> (HALF + i)));
                Lanes.floats(low.sub(16)).mul(scale).intoArray(target, to + i);
                Lanes.floats(high.sub(16)).mul(scale).intoArray(target, to + HALF + i);
            }
        }
    }

    static void q5_1(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int block = 0; block < count / SIZE; block++) {
            long at = offset + block * 24L;
            int to = from + block * SIZE;
            FloatVector scale = FloatVector.broadcast(Lanes.FLOATS, Lanes.half(source, at));
            FloatVector minimum = FloatVector.broadcast(Lanes.FLOATS, Lanes.half(source, at + 2));
            int fifthBits = Lanes.integer(source, at + 4);
            for (int i = 0; i < HALF; i += Lanes.COUNT) {
                IntVector pair = Lanes.bytes(source, at + 8 + i);
                IntVector low = pair.and(15).or(fifthBits(fifthBits >>> i));
                IntVector high = Lanes.shiftRight(pair, 4).or(fifthBits(fifthBits >>> (HALF + i)));
                Lanes.floats(low).fma(scale, minimum).intoArray(target, to + i);
                Lanes.floats(high).fma(scale, minimum).intoArray(target, to + HALF + i);
            }
        }
    }

    /** 16 in the lanes whose bit is set, the lowest bit being lane 0's. */
    private static IntVector fifthBits(int bits) {
        return Lanes.spread(bits, 1).and(1).lanewise(VectorOperators.LSHL, 4);
    }
}
