package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * The low 2 bits of 256 codes in 64 bytes, as in Q2_K and Q3_K.
 *
 * <pre>
 *   byte 32h+i   codes 128h+i | 128h+32+i &lt;&lt; 2 | 128h+64+i &lt;&lt; 4 | 128h+96+i &lt;&lt; 6     h 0 or 1, i 0 to 31
 * </pre>
 */
final class TwoBitPlanes {
    static final int BYTES = 64;

    private TwoBitPlanes() {}

    static void read(MemorySegment source, long offset, byte[] codes) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 32; i++) {
                int four = source.get(JAVA_BYTE, offset + 32 * half + i);
                for (int plane = 0; plane < 4; plane++) {
                    codes[128 * half + 32 * plane + i] = (byte) (four >> (2 * plane) & 3);
                }
            }
        }
    }

    static void write(byte[] codes, MemorySegment target, long offset) {
        for (int half = 0; half < 2; half++) {
            int at = 128 * half;
            for (int i = at; i < at + 32; i++) {
                int four = (codes[i] & 3) | (codes[i + 32] & 3) << 2 | (codes[i + 64] & 3) << 4 | (codes[i + 96] & 3) << 6;
                target.set(JAVA_BYTE, offset + 32 * half + i - at, (byte) four);
            }
        }
    }
}
