package dev.nibble.core.codec;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q5_0: 5-bit codes around zero, one scale for 32 numbers.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..5    fifth bits of the codes; bit i of the little-endian integer belongs to number i
 *   byte 6..21   low bits; byte 6+i holds number i (low 4 bits) and number 16+i (high 4 bits)
 *   number = scale × (code − 16)
 * </pre>
 */
public enum Q5_0 implements ScaledIntegerCodec {
    Q5_0;

    private static final int ZERO = 16;

    @Override
    public String purpose() {
        return "5 bits, for rows that do not fill the 256 of Q5_K";
    }

    @Override
    public int blockBytes() {
        return 2 + FiveBits.BYTES;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(6);
    }

    @Override
    public int smallest() {
        return -ZERO;
    }

    @Override
    public void readCodes(byte[] bytes, int at, byte[] codes) {
        FiveBits.read(bytes, at + 2, ZERO, codes);
    }

    @Override
    public void write(short scale, byte[] codes, MemorySegment target, long offset) {
        HalfFloat.write(target, offset, scale);
        FiveBits.write(codes, ZERO, target, offset + 2);
    }
}
