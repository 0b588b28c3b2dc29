package dev.nibble.core.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** IEEE half floats in little-endian bytes, at any alignment: the scales of most blocks. */
final class HalfFloat {
    private static final ValueLayout.OfShort LAYOUT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int EXPONENT = 0x7C00;

    private HalfFloat() {}

    static float read(MemorySegment source, long offset) {
        return Float.float16ToFloat(source.get(LAYOUT, offset));
    }

    static float read(byte[] bytes, int at) {
        return Float.float16ToFloat((short) ((bytes[at] & 0xFF) | bytes[at + 1] << 8));
    }

    static short bits(MemorySegment source, long offset) {
        return source.get(LAYOUT, offset);
    }

    static void write(MemorySegment target, long offset, short bits) {
        target.set(LAYOUT, offset, bits);
    }

    static boolean isFinite(MemorySegment source, long offset) {
        return (source.get(LAYOUT, offset) & EXPONENT) != EXPONENT;
    }
}
