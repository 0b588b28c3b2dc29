package dev.nibble.core.backend.vector;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q6_K and Q3_K: groups of 16 with a scale; for the byte layouts see the codecs. A sub-block is a quarter of a block: one group from each
 * of four planes of 32 values. The code after the loads is unrolled by hand for the reason in {@link LaneTiles}.
 */
final class SymmetricDecoders {
    private static final int GROUP = 16;
    private static final int SUB_BLOCK = 64;

    private SymmetricDecoders() {}

    static void q6_k(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int subBlock = 0; subBlock < count / SUB_BLOCK; subBlock++) {
            long at = offset + subBlock / 4 * 210L;
            int half = subBlock / 2 % 2;
            int side = subBlock % 2;
            float unit = Lanes.half(source, at + 208);
            long scales = at + 192 + half * 8 + side;
            float first = unit * source.get(JAVA_BYTE, scales);
            float second = unit * source.get(JAVA_BYTE, scales + 2);
            float third = unit * source.get(JAVA_BYTE, scales + 4);
            float fourth = unit * source.get(JAVA_BYTE, scales + 6);
            for (int i = 0; i < GROUP; i += Lanes.COUNT) {
                IntVector even = Lanes.bytes(source, at + half * 64 + side * GROUP + i);
                IntVector odd = Lanes.bytes(source, at + half * 64 + 32 + side * GROUP + i);
                IntVector top = Lanes.bytes(source, at + 128 + half * 32 + side * GROUP + i);
                int to = from + subBlock / 2 * 128 + side * GROUP + i;
                IntVector code = even.and(15).or(top.and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
                ((FloatVector) code.convert(VectorOperators.I2F, 0)).mul(first).intoArray(target, to);
                code = odd.and(15).or(top.and(12).lanewise(VectorOperators.LSHL, 2)).sub(32);
                ((FloatVector) code.convert(VectorOperators.I2F, 0)).mul(second).intoArray(target, to + 32);
                code = even.lanewise(VectorOperators.LSHR, 4).or(top.and(48)).sub(32);
                ((FloatVector) code.convert(VectorOperators.I2F, 0)).mul(third).intoArray(target, to + 64);
                code = odd.lanewise(VectorOperators.LSHR, 4).or(top.lanewise(VectorOperators.LSHR, 2).and(48)).sub(32);
                ((FloatVector) code.convert(VectorOperators.I2F, 0)).mul(fourth).intoArray(target, to + 96);
            }
        }
    }

    static void q3_k(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int subBlock = 0; subBlock < count / SUB_BLOCK; subBlock++) {
            long at = offset + subBlock / 4 * 110L;
            int half = subBlock / 2 % 2;
            int side = subBlock % 2;
            float unit = Lanes.half(source, at + 108);
            int shift = 4 * half + 8 * side;
            int low0 = Lanes.integer(source, at + 96) >>> shift;
            int low1 = Lanes.integer(source, at + 100) >>> shift;
            int top = Lanes.integer(source, at + 104) >>> shift;
            float first = unit * ((low0 & 15 | (top & 3) << 4) - 32);
            float second = unit * ((low0 >>> 16 & 15 | (top >>> 16 & 3) << 4) - 32);
            float third = unit * ((low1 & 15 | (top >>> 2 & 3) << 4) - 32);
            float fourth = unit * ((low1 >>> 16 & 15 | (top >>> 18 & 3) << 4) - 32);
            for (int i = 0; i < GROUP; i += Lanes.COUNT) {
                IntVector low = Lanes.bytes(source, at + 32 + half * 32 + side * GROUP + i);
                IntVector high = Lanes.bytes(source, at + side * GROUP + i).lanewise(VectorOperators.LSHR, 4 * half);
                int to = from + subBlock / 2 * 128 + side * GROUP + i;
                IntVector code = low.and(3).or(high.and(1).lanewise(VectorOperators.LSHL, 2)).sub(4);
                ((FloatVector) code.convert(VectorOperators.I2F, 0)).mul(first).intoArray(target, to);
                code = low.lanewise(VectorOperators.LSHR, 2).and(3).or(high.and(2).lanewise(VectorOperators.LSHL, 1)).sub(4);
                ((FloatVector) code.convert(VectorOperators.I2F, 0)).mul(second).intoArray(target, to + 32);
                code = low.lanewise(VectorOperators.LSHR, 4).and(3).or(high.and(4)).sub(4);
                ((FloatVector) code.convert(VectorOperators.I2F, 0)).mul(third).intoArray(target, to + 64);
                code = low.lanewise(VectorOperators.LSHR, 6).or(high.and(8).lanewise(VectorOperators.LSHR, 1)).sub(4);
                ((FloatVector) code.convert(VectorOperators.I2F, 0)).mul(fourth).intoArray(target, to + 96);
            }
        }
    }
}
