package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * Eight scales and eight minima of 6 bits in 12 bytes, as in Q4_K and Q5_K; i is 0 to 3.
 *
 * <pre>
 *   byte i       scale i       | high 2 bits of scale 4+i   &lt;&lt; 6
 *   byte 4+i     minimum i     | high 2 bits of minimum 4+i &lt;&lt; 6
 *   byte 8+i     low 4 bits of scale 4+i | low 4 bits of minimum 4+i &lt;&lt; 4
 * </pre>
 */
final class SixBitPairs {
    static final int BYTES = 12;

    private SixBitPairs() {}

    static void read(MemorySegment source, long offset, AffineScales scales) {
        for (int i = 0; i < 4; i++) {
            int scale = source.get(JAVA_BYTE, offset + i) & 0xFF;
            int minimum = source.get(JAVA_BYTE, offset + 4 + i) & 0xFF;
            int low = source.get(JAVA_BYTE, offset + 8 + i) & 0xFF;
            scales.codes(i, scale & 63, minimum & 63);
            scales.codes(4 + i, scale >> 6 << 4 | (low & 15), minimum >> 6 << 4 | low >> 4);
        }
    }

    static void write(AffineScales scales, MemorySegment target, long offset) {
        for (int i = 0; i < 4; i++) {
            int scale = scales.scaleCode(4 + i);
            int minimum = scales.minimumCode(4 + i);
            target.set(JAVA_BYTE, offset + i, (byte) (scales.scaleCode(i) | scale >> 4 << 6));
            target.set(JAVA_BYTE, offset + 4 + i, (byte) (scales.minimumCode(i) | minimum >> 4 << 6));
            target.set(JAVA_BYTE, offset + 8 + i, (byte) ((scale & 15) | (minimum & 15) << 4));
        }
    }
}
