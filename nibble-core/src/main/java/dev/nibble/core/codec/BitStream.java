package dev.nibble.core.codec;

/** Codes of 1 to 8 bits, packed without gaps; the first one in the lowest bits of the first byte. */
public final class BitStream {
    private BitStream() {}

    /** Bytes that {@code count} codes take. */
    public static int bytes(int count, int bits) {
        return Math.toIntExact(((long) count * bits + 7) / 8);
    }

    public static void read(byte[] bytes, int at, int bits, byte[] codes, int from, int count) {
        int mask = (1 << bits) - 1;
        int buffer = 0;
        int held = 0;
        int next = at;
        for (int i = from; i < from + count; i++) {
            if (held < bits) {
                buffer |= (bytes[next++] & 0xFF) << held;
                held += 8;
            }
            codes[i] = (byte) (buffer & mask);
            buffer >>>= bits;
            held -= bits;
        }
    }

    /** Packs the codes; unused bits of the last byte become 0. */
    public static void write(byte[] codes, int from, int count, int bits, byte[] bytes, int at) {
        int mask = (1 << bits) - 1;
        int buffer = 0;
        int held = 0;
        int next = at;
        for (int i = from; i < from + count; i++) {
            buffer |= (codes[i] & mask) << held;
            held += bits;
            if (held >= 8) {
                bytes[next++] = (byte) buffer;
                buffer >>>= 8;
                held -= 8;
            }
        }
        if (held > 0) {
            bytes[next] = (byte) buffer;
        }
    }
}
