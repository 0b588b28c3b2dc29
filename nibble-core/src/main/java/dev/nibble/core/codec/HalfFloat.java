package dev.nibble.core.codec;

import static dev.nibble.core.tensor.LittleEndian.SHORT;

import java.lang.foreign.MemorySegment;

/** IEEE half floats in little-endian bytes, at any alignment: the scales of most blocks. */
final class HalfFloat {
    private static final int EXPONENT = 0x7C00;

    private HalfFloat() {}

    static float read(MemorySegment source, long offset) {
        return Float.float16ToFloat(source.get(SHORT, offset));
    }

    static float read(byte[] bytes, int at) {
        return Float.float16ToFloat((short) ((bytes[at] & 0xFF) | bytes[at + 1] << 8));
    }

    static short bits(MemorySegment source, long offset) {
        return source.get(SHORT, offset);
    }

    static void write(MemorySegment target, long offset, short bits) {
        target.set(SHORT, offset, bits);
    }

    static boolean isFinite(MemorySegment source, long offset) {
        return (source.get(SHORT, offset) & EXPONENT) != EXPONENT;
    }
}
