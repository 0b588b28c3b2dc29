package dev.nibble.core.codec;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q5_1: 5-bit codes from a minimum, one scale for 32 numbers.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..3    minimum, F16
 *   byte 4..7    fifth bits of the codes; bit i of the little-endian integer belongs to number i
 *   byte 8..23   low bits; byte 8+i holds number i (low 4 bits) and number 16+i (high 4 bits)
 *   number = scale × code + minimum
 * </pre>
 */
public enum Q5_1 implements MinimumBlocks {
    Q5_1;

    private static final int LARGEST = 31;

    @Override
    public String purpose() {
        return "5 bits with a minimum, for rows that do not fill the 256 of Q5_K";
    }

    @Override
    public int blockBytes() {
        return 4 + FiveBits.BYTES;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(7);
    }

    @Override
    public int largestCode() {
        return LARGEST;
    }

    @Override
    public void readCodes(byte[] bytes, int at, byte[] codes) {
        FiveBits.read(bytes, at + 4, 0, codes);
    }

    @Override
    public void write(short scale, short minimum, byte[] codes, MemorySegment target, long offset) {
        HalfFloat.write(target, offset, scale);
        HalfFloat.write(target, offset + 2, minimum);
        FiveBits.write(codes, 0, target, offset + 4);
    }
}
