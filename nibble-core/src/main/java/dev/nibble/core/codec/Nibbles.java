package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/** 4-bit codes as ggml lays them out: byte {@code i} of a group holds number {@code i} in its low, number {@code half + i} in its high half. */
final class Nibbles {
    private Nibbles() {}

    /** Adds {@code zero} to each of {@code 2 × half} codes and writes its low four bits. */
    static void write(byte[] codes, int from, int half, int zero, MemorySegment target, long offset) {
        for (int i = 0; i < half; i++) {
            int low = codes[from + i] + zero;
            int high = codes[from + half + i] + zero;
            target.set(JAVA_BYTE, offset + i, (byte) ((low & 15) | high << 4));
        }
    }

    /** Reads {@code 2 × half} codes and subtracts {@code zero} from each. */
    static void read(byte[] bytes, int at, int half, int zero, byte[] codes) {
        for (int i = 0; i < half; i++) {
            codes[i] = (byte) ((bytes[at + i] & 15) - zero);
        }
        for (int i = 0; i < half; i++) {
            codes[half + i] = (byte) ((bytes[at + i] >> 4 & 15) - zero);
        }
    }
}
