package dev.nibble.core.backend.vector;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q4_K, Q5_K and Q2_K: groups with a scale and a minimum; for the byte layouts see the codecs. A scale of 11 + 6 bits times a code of 5 is
 * exact, so fusing the minimum gives the codecs' results.
 */
final class AffineDecoders {
    private static final int SIZE = 256;
    private static final int GROUP = 32;
    private static final int SMALL_GROUP = 16;
    private static final int SUB_BLOCK = 64;
    private static final int PAIRS = 4;
    private static final int CODES = 16;

    private AffineDecoders() {}

    static void q4_k(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int group = 0; group < count / GROUP; group += 2) {
            long at = offset + group / 8 * 144L;
            int inBlock = group % 8;
            FloatVector scale = scale(source, at, inBlock);
            FloatVector minimum = minimum(source, at, inBlock);
            FloatVector nextScale = scale(source, at, inBlock + 1);
            FloatVector nextMinimum = minimum(source, at, inBlock + 1);
            long codes = at + CODES + inBlock * (GROUP / 2);
            int to = from + group * GROUP;
            for (int i = 0; i < GROUP; i += Lanes.COUNT) {
                IntVector pair = Lanes.bytes(source, codes + i);
                Lanes.floats(pair.and(15)).fma(scale, minimum).intoArray(target, to + i);
                Lanes.floats(Lanes.shiftRight(pair, 4)).fma(nextScale, nextMinimum).intoArray(target, to + GROUP + i);
            }
        }
    }

    static void q5_k(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int group = 0; group < count / GROUP; group += 2) {
            long at = offset + group / 8 * 176L;
            int inBlock = group % 8;
            FloatVector scale = scale(source, at, inBlock);
            FloatVector minimum = minimum(source, at, inBlock);
            FloatVector nextScale = scale(source, at, inBlock + 1);
            FloatVector nextMinimum = minimum(source, at, inBlock + 1);
            long codes = at + CODES + SIZE / 8 + inBlock * (GROUP / 2);
            int to = from + group * GROUP;
            for (int i = 0; i < GROUP; i += Lanes.COUNT) {
                IntVector pair = Lanes.bytes(source, codes + i);
                IntVector fifthBits = Lanes.shiftRight(Lanes.bytes(source, at + CODES + i), inBlock);
                IntVector low = pair.and(15).or(fifthBits.and(1).lanewise(VectorOperators.LSHL, 4));
                IntVector high = Lanes.shiftRight(pair, 4).or(fifthBits.and(2).lanewise(VectorOperators.LSHL, 3));
                Lanes.floats(low).fma(scale, minimum).intoArray(target, to + i);
                Lanes.floats(high).fma(nextScale, nextMinimum).intoArray(target, to + GROUP + i);
            }
        }
    }

    /** A sub-block is a quarter of a block: one group from each of four planes of 32 values. */
    static void q2_k(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int subBlock = 0; subBlock < count / SUB_BLOCK; subBlock++) {
            long at = offset + subBlock / 4 * 84L;
            int half = subBlock / 2 % 2;
            int side = subBlock % 2;
            float unit = Lanes.half(source, at + 80);
            float less = -Lanes.half(source, at + 82);
            int first = source.get(JAVA_BYTE, at + half * 8 + side) & 0xFF;
            int second = source.get(JAVA_BYTE, at + half * 8 + side + 2) & 0xFF;
            int third = source.get(JAVA_BYTE, at + half * 8 + side + 4) & 0xFF;
            int fourth = source.get(JAVA_BYTE, at + half * 8 + side + 6) & 0xFF;
            for (int i = 0; i < SMALL_GROUP; i += Lanes.COUNT) {
                IntVector four = Lanes.bytes(source, at + CODES + half * 32 + side * SMALL_GROUP + i);
                int to = from + subBlock / 2 * 128 + side * SMALL_GROUP + i;
                FloatVector code = (FloatVector) four.and(3).convert(VectorOperators.I2F, 0);
                code.fma(FloatVector.broadcast(Lanes.FLOATS, unit * (first & 15)), FloatVector.broadcast(Lanes.FLOATS, less * (first >> 4)))
                        .intoArray(target, to);
                code = (FloatVector) four.lanewise(VectorOperators.LSHR, 2).and(3).convert(VectorOperators.I2F, 0);
                code.fma(FloatVector.broadcast(Lanes.FLOATS, unit * (second & 15)),
                        FloatVector.broadcast(Lanes.FLOATS, less * (second >> 4))).intoArray(target, to + 32);
                code = (FloatVector) four.lanewise(VectorOperators.LSHR, 4).and(3).convert(VectorOperators.I2F, 0);
                code.fma(FloatVector.broadcast(Lanes.FLOATS, unit * (third & 15)), FloatVector.broadcast(Lanes.FLOATS, less * (third >> 4)))
                        .intoArray(target, to + 64);
                code = (FloatVector) four.lanewise(VectorOperators.LSHR, 6).convert(VectorOperators.I2F, 0);
                code.fma(FloatVector.broadcast(Lanes.FLOATS, unit * (fourth & 15)),
                        FloatVector.broadcast(Lanes.FLOATS, less * (fourth >> 4))).intoArray(target, to + 96);
            }
        }
    }

    private static FloatVector scale(MemorySegment source, long block, int group) {
        int first = Lanes.integer(source, block + PAIRS);
        int last = Lanes.integer(source, block + PAIRS + 8);
        return broadcast(Lanes.half(source, block) * sixBits(first, last, group));
    }

    /** The negated minimum, to be added. */
    private static FloatVector minimum(MemorySegment source, long block, int group) {
        int first = Lanes.integer(source, block + PAIRS + 4);
        int last = Lanes.integer(source, block + PAIRS + 8) >>> 4;
        return broadcast(-(Lanes.half(source, block + 2) * sixBits(first, last, group)));
    }

    /**
     * A scale or minimum: for groups 0 to 3 the low six bits of a byte; for the others four bits of the last bytes and the high two of the
     * first.
     */
    private static int sixBits(int first, int last, int group) {
        int shift = group % 4 * 8;
        return group < 4 ? first >>> shift & 63 : last >>> shift & 15 | (first >>> shift & 0xC0) >>> 2;
    }

    private static FloatVector broadcast(float x) {
        return FloatVector.broadcast(Lanes.FLOATS, x);
    }
}
