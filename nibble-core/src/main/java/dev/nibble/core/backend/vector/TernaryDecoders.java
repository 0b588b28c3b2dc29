package dev.nibble.core.backend.vector;

import java.lang.foreign.MemorySegment;

/** TQ2_0, Q2_0 and Q1_0: two to four multiples of one scale; for the byte layouts see the codecs. */
final class TernaryDecoders {
    private static final int GROUP = 16;

    private TernaryDecoders() {}

    static void tq2_0(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int group = 0; group < count / GROUP; group++) {
            long at = offset + group / 16 * 66L;
            int inBlock = group % 16;
            float scale = Lanes.half(source, at + 64);
            long codes = at + inBlock / 8 * 32 + inBlock % 2 * GROUP;
            for (int i = 0; i < GROUP; i += Lanes.COUNT) {
                Lanes.floats(Lanes.shiftRight(Lanes.bytes(source, codes + i), inBlock / 2 % 4 * 2).and(3).sub(1)).mul(scale).intoArray(
                        target,
                        from + group * GROUP + i);
            }
        }
    }

    static void q2_0(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int group = 0; group < count / GROUP; group++) {
            long at = offset + group / 4 * 18L;
            float scale = Lanes.half(source, at);
            int codes = Lanes.integer(source, at + 2 + group % 4 * 4);
            for (int i = 0; i < GROUP; i += Lanes.COUNT) {
                Lanes.floats(Lanes.spread(codes >>> (2 * i), 2).and(3).sub(1)).mul(scale).intoArray(target, from + group * GROUP + i);
            }
        }
    }

    static void q1_0(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int group = 0; group < count / GROUP; group++) {
            long at = offset + group / 8 * 18L;
            float scale = Lanes.half(source, at);
            int bits = Lanes.halfBits(source, at + 2 + group % 8 * 2);
            for (int i = 0; i < GROUP; i += Lanes.COUNT) {
                Lanes.floats(Lanes.spread(bits >>> i, 1).and(1).mul(2).sub(1)).mul(scale).intoArray(target, from + group * GROUP + i);
            }
        }
    }
}
