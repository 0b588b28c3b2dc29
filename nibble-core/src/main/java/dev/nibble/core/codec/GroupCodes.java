package dev.nibble.core.codec;

/**
 * The codes of one block in the order that kernels like.
 *
 * <pre>
 *   4 bits   per 32 codes 16 bytes: byte i holds code i (low half) and code 16+i (high half), as Q4_0
 *   else     a {@link BitStream}, which of 8 bits is bytes; so are the last codes, fewer than 32, of 4 bits
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
