package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
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

    private static final int SIZE = 32;
    private static final int LARGEST = 31;

    @Override
    public String purpose() {
        return "5 bits with a minimum, for rows that do not fill the 256 of Q5_K";
    }

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return 4 + FiveBits.BYTES;
    }

    @Override
    public double roundingError() {
        return 1.0 / LARGEST + 3 * 0x1p-11; // half a step of up to 2/31; the minimum is an F16, and so is the scale, which counts double
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(7);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset) && HalfFloat.isFinite(source, offset + 2);
    }

    @Override
    public int largestCode() {
        return LARGEST;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, offset, bytes(count));
        byte[] codes = new byte[SIZE];
        int at = 0;
        for (int block = from; block < from + count; block += SIZE) {
            float scale = HalfFloat.read(bytes, at);
            float minimum = HalfFloat.read(bytes, at + 2);
            FiveBits.read(bytes, at + 4, codes);
            for (int i = 0; i < SIZE; i++) {
                target[block + i] = codes[i] * scale + minimum;
            }
            at += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        return AffineBlock.fit(numbers, from, SIZE, LARGEST, importance, this::write);
    }

    private void write(short scale, short minimum, byte[] codes, MemorySegment target, long offset) {
        HalfFloat.write(target, offset, scale);
        HalfFloat.write(target, offset + 2, minimum);
        FiveBits.write(codes, 0, target, offset + 4);
    }
}
