package dev.nibble.core.codec;

import static dev.nibble.core.tensor.LittleEndian.INT;

import java.lang.foreign.MemorySegment;

/** 32 codes of five bits as Q5_0 and Q5_1 lay them out: an integer of the fifth bits, number 0's lowest, then {@link Nibbles}. */
final class FiveBits {
    static final int BYTES = 20;

    private static final int HALF = 16;

    private FiveBits() {}

    /** Adds {@code zero} to each code and writes its low five bits. */
    static void write(byte[] codes, int zero, MemorySegment target, long offset) {
        int fifthBits = 0;
        for (int i = 0; i < 2 * HALF; i++) {
            fifthBits |= ((codes[i] + zero) >> 4 & 1) << i;
        }
        target.set(INT, offset, fifthBits);
        Nibbles.write(codes, 0, HALF, zero, target, offset + 4);
    }

    /** Reads 32 codes and subtracts {@code zero} from each. */
    static void read(byte[] bytes, int at, int zero, byte[] codes) {
        Nibbles.read(bytes, at + 4, HALF, 0, codes);
        for (int i = 0; i < 2 * HALF; i++) {
            codes[i] = (byte) ((codes[i] | (bytes[at + i / 8] >> i % 8 & 1) << 4) - zero);
        }
    }
}
