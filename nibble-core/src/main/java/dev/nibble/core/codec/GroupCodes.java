package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * The codes of one block in an order that suits kernels.
 *
 * <pre>
 *   4 bits   per 32 codes 16 bytes: byte i holds code i (low half) and code 16+i (high half), as Q4_0
 *   else     a {@link BitStream}, plain bytes for 8 bits; also the last codes of 4 bits, if fewer than 32
 * </pre>
 */
final class GroupCodes {
    private static final int SPAN = 32;
    private static final int HALF = SPAN / 2;

    private GroupCodes() {}

    static int bytes(int count, int bits) {
        return BitStream.bytes(count, bits);
    }

    static void read(byte[] bytes, int at, int bits, byte[] codes, int from, int count) {
        int whole = bits == 4 ? count / SPAN * SPAN : 0;
        for (int span = 0; span < whole; span += SPAN) {
            for (int i = 0; i < HALF; i++) {
                byte pair = bytes[at + span / 2 + i];
                codes[from + span + i] = (byte) (pair & 15);
                codes[from + span + HALF + i] = (byte) (pair >> 4 & 15);
            }
        }
        BitStream.read(bytes, at + whole / 2, bits, codes, from + whole, count - whole);
    }

    /** The code at {@code index} of {@code count}. */
    static int one(MemorySegment source, long offset, int bits, int count, int index) {
        if (bits == 4 && index < count / SPAN * SPAN) {
            int pair = source.get(JAVA_BYTE, offset + index / SPAN * HALF + index % HALF);
            return (index % SPAN < HALF ? pair : pair >> 4) & 15;
        }
        long bit = (long) index * bits;
        long at = offset + bit / Byte.SIZE;
        int shift = (int) (bit % Byte.SIZE);
        int found = (source.get(JAVA_BYTE, at) & 0xFF) >> shift;
        if (shift + bits > Byte.SIZE) {
            found |= (source.get(JAVA_BYTE, at + 1) & 0xFF) << (Byte.SIZE - shift);
        }
        return found & (1 << bits) - 1;
    }

    static void write(byte[] codes, int from, int count, int bits, byte[] bytes, int at) {
        int whole = bits == 4 ? count / SPAN * SPAN : 0;
        for (int span = 0; span < whole; span += SPAN) {
            for (int i = 0; i < HALF; i++) {
                bytes[at + span / 2 + i] = (byte) ((codes[from + span + i] & 15) | codes[from + span + HALF + i] << 4);
            }
        }
        BitStream.write(codes, from + whole, count - whole, bits, bytes, at + whole / 2);
    }
}
