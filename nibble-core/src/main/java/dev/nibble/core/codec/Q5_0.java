package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
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
public enum Q5_0 implements ScaledIntegers {
    Q5_0;

    private static final int SIZE = 32;
    private static final int ZERO = 16;

    @Override
    public String purpose() {
        return "5 bits, for rows that do not fill the 256 of Q5_K";
    }

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return 2 + FiveBits.BYTES;
    }

    @Override
    public double roundingError() {
        return 1.0 / ZERO + 0x1p-11; // the other end stops one step short; the scale is an F16
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(6);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset);
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, offset, bytes(count));
        byte[] codes = new byte[SIZE];
        int at = 0;
        for (int block = from; block < from + count; block += SIZE) {
            float scale = HalfFloat.read(bytes, at);
            FiveBits.read(bytes, at + 2, codes);
            for (int i = 0; i < SIZE; i++) {
                target[block + i] = (codes[i] - ZERO) * scale;
            }
            at += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        return ScaledBlock.symmetric(numbers, from, SIZE, ZERO, importance, this::write);
    }

    @Override
    public int smallest() {
        return -ZERO;
    }

    @Override
    public int largest() {
        return ZERO - 1;
    }

    @Override
    public void write(short scale, byte[] codes, MemorySegment target, long offset) {
        HalfFloat.write(target, offset, scale);
        FiveBits.write(codes, ZERO, target, offset + 2);
    }
}
