package dev.nibble.core.codec;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q4_0: 4-bit codes around zero, one scale for 32 numbers.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..17   codes; byte 2+i holds number i (low 4 bits) and number 16+i (high 4 bits)
 *   number = scale × (code − 8)
 * </pre>
 */
public enum Q4_0 implements ScaledIntegerCodec {
    Q4_0;

    private static final int HALF = SIZE / 2;
    private static final int ZERO = 8;

    @Override
    public String purpose() {
        return "4 bits, simplest layout; Q4_K is better at the same size";
    }

    @Override
    public int blockBytes() {
        return 2 + HALF;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(2);
    }

    @Override
    public int smallest() {
        return -ZERO;
    }

    @Override
    public void readCodes(byte[] bytes, int at, byte[] codes) {
        Nibbles.read(bytes, at + 2, HALF, ZERO, codes);
    }

    @Override
    public void write(short scale, byte[] codes, MemorySegment target, long offset) {
        HalfFloat.write(target, offset, scale);
        Nibbles.write(codes, 0, HALF, ZERO, target, offset + 2);
    }
}
