package dev.nibble.core.codec;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q4_1: 4-bit codes from a minimum, one scale for 32 numbers.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..3    minimum, F16
 *   byte 4..19   codes; byte 4+i holds number i (low 4 bits) and number 16+i (high 4 bits)
 *   number = scale × code + minimum
 * </pre>
 */
public enum Q4_1 implements MinimumBlocks {
    Q4_1;

    private static final int HALF = SIZE / 2;
    private static final int LARGEST = 15;

    @Override
    public String purpose() {
        return "4 bits with a minimum; Q4_K is better and smaller";
    }

    @Override
    public int blockBytes() {
        return 4 + HALF;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(3);
    }

    @Override
    public int largestCode() {
        return LARGEST;
    }

    @Override
    public void readCodes(byte[] bytes, int at, byte[] codes) {
        Nibbles.read(bytes, at + 4, HALF, 0, codes);
    }

    @Override
    public void write(short scale, short minimum, byte[] codes, MemorySegment target, long offset) {
        HalfFloat.write(target, offset, scale);
        HalfFloat.write(target, offset + 2, minimum);
        Nibbles.write(codes, 0, HALF, 0, target, offset + 4);
    }
}
