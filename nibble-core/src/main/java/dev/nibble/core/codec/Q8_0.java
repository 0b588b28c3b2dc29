package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q8_0: 8-bit codes around zero, one scale for 32 numbers. Importance does not change it.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..33   codes, signed
 *   number = scale × code
 * </pre>
 */
public enum Q8_0 implements ScaledIntegerCodec {
    Q8_0;

    private static final int LIMIT = 127;

    @Override
    public String purpose() {
        return "8 bits, as good as F16 at half its size";
    }

    @Override
    public int blockBytes() {
        return 2 + SIZE;
    }

    @Override
    public double roundingError() {
        return 0.5 / LIMIT + 0x1p-11; // half a step, and the rounding of the scale to F16
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(8);
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, offset, bytes(count));
        int at = 0;
        for (int block = from; block < from + count; block += SIZE) {
            float scale = HalfFloat.read(bytes, at);
            for (int i = 0; i < SIZE; i++) {
                target[block + i] = scale * bytes[at + 2 + i];
            }
            at += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        return ScaledBlock.balanced(numbers, from, SIZE, LIMIT, this::write);
    }

    @Override
    public int smallest() {
        return -LIMIT - 1;
    }

    @Override
    public int largest() {
        return LIMIT;
    }

    @Override
    @SuppressWarnings("UnsafeFinalization") // System.arraycopy in an enum: nothing here is finalized
    public void readCodes(byte[] bytes, int at, byte[] codes) {
        System.arraycopy(bytes, at + 2, codes, 0, SIZE);
    }

    @Override
    public void write(short scale, byte[] codes, MemorySegment target, long offset) {
        HalfFloat.write(target, offset, scale);
        MemorySegment.copy(codes, 0, target, JAVA_BYTE, offset + 2, SIZE);
    }
}
