package dev.nibble.core.backend.vector;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Q6_K and Q3_K: groups of 16 with a scale; their own classes draw the bytes. */
final class SymmetricDecoders {
    private static final int GROUP = 16;

    private SymmetricDecoders() {}

    /** Half of a block at a time: two runs of 16 in each of four planes of 32. */
    static void q6_k(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int run = 0; run < count / 64; run++) {
            long at = offset + run / 4 * 210L;
            int half = run / 2 % 2;
            int side = run % 2;
            float unit = Lanes.half(source, at + 208);
            long low = at + half * 64 + side * GROUP;
            long high = at + 128 + half * 32 + side * GROUP;
            long scales = at + 192 + half * 8 + side;
            int to = from + run / 2 * 128 + side * GROUP;
            float first = unit * source.get(JAVA_BYTE, scales);
            float second = unit * source.get(JAVA_BYTE, scales + 2);
            float third = unit * source.get(JAVA_BYTE, scales + 4);
            float fourth = unit * source.get(JAVA_BYTE, scales + 6);
            for (int i = 0; i < GROUP; i += Lanes.COUNT) {
                IntVector even = Lanes.bytes(source, low + i);
                IntVector odd = Lanes.bytes(source, low + 32 + i);
                IntVector top = Lanes.bytes(source, high + i);
                write(even.and(15).or(top.and(3).lanewise(VectorOperators.LSHL, 4)), first, target, to + i);
                write(odd.and(15).or(top.and(12).lanewise(VectorOperators.LSHL, 2)), second, target, to + 32 + i);
                write(Lanes.shiftRight(even, 4).or(top.and(48)), third, target, to + 64 + i);
                write(Lanes.shiftRight(odd, 4).or(Lanes.shiftRight(top, 2).and(48)), fourth, target, to + 96 + i);
            }
        }
    }

    private static void write(IntVector code, float scale, float[] target, int to) {
        Lanes.floats(code.sub(32)).mul(scale).intoArray(target, to);
    }

    static void q3_k(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int group = 0; group < count / GROUP; group++) {
            long at = offset + group / 16 * 110L;
            int inBlock = group % 16;
            float scale = Lanes.half(source, at + 108) * (q3Scale(source, at + 96, inBlock) - 32);
            int side = inBlock % 2 * GROUP;
            int plane = inBlock / 2 % 4;
            long low = at + 32 + inBlock / 8 * 32 + side;
            int to = from + group * GROUP;
            for (int i = 0; i < GROUP; i += Lanes.COUNT) {
                IntVector lowBits = Lanes.shiftRight(Lanes.bytes(source, low + i), 2 * plane).and(3);
                IntVector thirdBit = Lanes.shiftRight(Lanes.bytes(source, at + side + i), inBlock / 2).and(1);
                IntVector code = lowBits.or(thirdBit.lanewise(VectorOperators.LSHL, 2));
                Lanes.floats(code.sub(4)).mul(scale).intoArray(target, to + i);
            }
        }
    }

    private static int q3Scale(MemorySegment source, long scales, int group) {
        int low = source.get(JAVA_BYTE, scales + group % 8) >> (4 * (group / 8)) & 15;
        int high = source.get(JAVA_BYTE, scales + 8 + group % 4) >> (2 * (group / 4)) & 3;
        return low | high << 4;
    }
}
