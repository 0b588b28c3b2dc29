package dev.nibble.core.codec;

import static dev.nibble.core.tensor.LittleEndian.FLOAT;
import static dev.nibble.core.tensor.LittleEndian.SHORT;

import dev.nibble.core.tensor.BFloat16;
import java.lang.foreign.MemorySegment;

/** The number format of a group's scale, and of its zero point if that is not an integer. */
public enum ScaleFormat {
    F16(2, 0x1p-11), BF16(2, 0x1p-8), F32(4, 0x1p-24);

    private final int bytes;
    private final double roundingError;

    ScaleFormat(int bytes, double roundingError) {
        this.bytes = bytes;
        this.roundingError = roundingError;
    }

    public int bytes() {
        return bytes;
    }

    /** The largest relative error of a number in the normal range. */
    public double roundingError() {
        return roundingError;
    }

    public float read(MemorySegment source, long offset) {
        return switch (this) {
            case F16 -> Float.float16ToFloat(source.get(SHORT, offset));
            case BF16 -> BFloat16.toFloat(source.get(SHORT, offset));
            case F32 -> source.get(FLOAT, offset);
        };
    }

    /** Writes a number, rounded to nearest. */
    public void write(MemorySegment target, long offset, float number) {
        switch (this) {
            case F16 -> target.set(SHORT, offset, Float.floatToFloat16(number));
            case BF16 -> target.set(SHORT, offset, BFloat16.fromFloat(number));
            case F32 -> target.set(FLOAT, offset, number);
        }
    }

    /** A number rounded to this format. */
    public float rounded(float number) {
        return switch (this) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(number));
            case BF16 -> BFloat16.toFloat(BFloat16.fromFloat(number));
            case F32 -> number;
        };
    }
}
