package dev.nibble.core.backend.vector;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.NonLinearLevels;
import dev.nibble.core.tensor.Float4;
import dev.nibble.core.tensor.Float8;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;

/** IQ4_NL, IQ4_XS and MXFP4: codes of 4 bits for sixteen scaled levels; for the byte layouts see the codecs. */
final class LevelDecoders {
    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;
    private static final int NAN = 0xFF;
    static final float[] NON_LINEAR = new float[LaneSum.COUNT];
    /** The levels of Q4_0. */
    static final float[] LINEAR = new float[LaneSum.COUNT];
    /** The levels of E2M1, doubled, without negative zero; the scale is halved. */
    private static final float[] E2M1 = new float[LaneSum.COUNT];

    static {
        for (int code = 0; code < LaneSum.COUNT; code++) {
            LINEAR[code] = code - 8;
            NON_LINEAR[code] = NonLinearLevels.level(code);
            E2M1[code] = 2 * Float4.fromE2m1(code) + 0f;
        }
    }

    private LevelDecoders() {}

    static void iq4_nl(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int block = 0; block < count / SIZE; block++) {
            long at = offset + block * 18L;
            write(source, at + 2, NON_LINEAR, Lanes.half(source, at), target, from + block * SIZE);
        }
    }

    static void iq4_xs(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int group = 0; group < count / SIZE; group++) {
            long at = offset + group / 8 * 136L;
            int inBlock = group % 8;
            int low = source.get(JAVA_BYTE, at + 4 + inBlock / 2) >> (4 * (inBlock % 2)) & 15;
            int high = source.get(JAVA_BYTE, at + 2 + inBlock / 4) >> (2 * (inBlock % 4)) & 3;
            float step = Lanes.half(source, at) * ((low | high << 4) - 32);
            write(source, at + 8 + inBlock * HALF, NON_LINEAR, step, target, from + group * SIZE);
        }
    }

    static void mxfp4(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int block = 0; block < count / SIZE; block++) {
            long at = offset + block * 17L;
            int exponent = source.get(JAVA_BYTE, at) & 0xFF;
            float halfScale = exponent == NAN ? 0x1p127f : 0.5f * Float8.fromE8m0((byte) exponent);
            write(source, at + 1, E2M1, halfScale, target, from + block * SIZE);
        }
    }

    private static void write(MemorySegment source, long codes, float[] levels, float scale, float[] target, int to) {
        for (int i = 0; i < HALF; i += Lanes.COUNT) {
            IntVector pair = Lanes.bytes(source, codes + i);
            Lanes.pick(levels, pair.and(15)).mul(scale).intoArray(target, to + i);
            Lanes.pick(levels, Lanes.shiftRight(pair, 4)).mul(scale).intoArray(target, to + HALF + i);
        }
    }
}
