package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/** A block of {@code number = scale × code} with signed codes and one F16 scale. */
final class ScaledBlock implements Block {
    /** Writes the parts of a block in a codec's layout. */
    @FunctionalInterface
    interface Layout {
        void write(short scale, byte[] codes, MemorySegment target, long offset);
    }

    private final short scaleBits;
    private final float scale;
    private final float inverse;
    private final byte[] codes;
    private final int smallest;
    private final int largest;
    private final Layout layout;

    /**
     * @param codes    the initial codes; not copied
     * @param smallest the smallest code that {@link #choose} gives
     * @param largest  the largest
     */
    ScaledBlock(float scale, byte[] codes, int smallest, int largest, Layout layout) {
        this.scaleBits = Float.floatToFloat16(scale);
        this.scale = Float.float16ToFloat(scaleBits);
        this.inverse = this.scale == 0 ? 0 : 1 / this.scale;
        this.codes = codes;
        this.smallest = smallest;
        this.largest = largest;
        this.layout = layout;
    }

    /** Codes from {@code −limit} to {@code limit}, rounded to nearest, with the largest magnitude at either end. */
    static ScaledBlock balanced(float[] numbers, int from, int count, int limit, Layout layout) {
        return multiples(numbers, from, count, Math.abs(extreme(numbers, from, count)) / limit, -limit, limit, layout);
    }

    /** Multiples of {@code scale}; the numbers are rounded before the scale is. */
    static ScaledBlock multiples(float[] numbers, int from, int count, float scale, int smallest, int largest, Layout layout) {
        float inverse = scale == 0 ? 0 : 1 / scale;
        byte[] codes = new byte[count];
        for (int i = 0; i < count; i++) {
            codes[i] = (byte) Math.clamp(Rounding.halfAwayFromZero(numbers[from + i] * inverse), smallest, largest);
        }
        return new ScaledBlock(scale, codes, smallest, largest, layout);
    }

    /**
     * Codes from {@code −limit} to {@code limit − 1}: with the number of largest magnitude at {@code −limit}, whatever its sign; with
     * importance, with the scale of least weighted square error. As in ggml.
     */
    static ScaledBlock symmetric(float[] numbers, int from, int count, int limit, Importance importance, Layout layout) {
        byte[] codes = new byte[count];
        float scale;
        if (importance.isEqual()) {
            scale = extreme(numbers, from, count) / -limit;
            float inverse = scale == 0 ? 0 : 1 / scale;
            for (int i = 0; i < count; i++) {
                codes[i] = (byte) (Math.clamp((int) (numbers[from + i] * inverse + (limit + 0.5f)), 0, 2 * limit - 1) - limit);
            }
        } else {
            scale = BlockScaleSearch.symmetric(count, limit, numbers, from, codes, 0, RowWeights.of(numbers, from, count, importance));
            for (int i = 0; i < count; i++) {
                codes[i] -= (byte) limit;
            }
        }
        return new ScaledBlock(scale, codes, -limit, limit - 1, layout);
    }

    /** The number of largest magnitude, with its sign; the first of equals. */
    static float extreme(float[] numbers, int from, int count) {
        float extreme = 0;
        for (int i = from; i < from + count; i++) {
            extreme = Math.abs(numbers[i]) > Math.abs(extreme) ? numbers[i] : extreme;
        }
        return extreme;
    }

    @Override
    public void choose(int i, float[] numbers, int from) {
        codes[i] = (byte) Math.clamp(Rounding.halfAwayFromZero(numbers[from] * inverse), smallest, largest);
    }

    @Override
    public float value(int i) {
        return codes[i] * scale;
    }

    @Override
    public void write(MemorySegment target, long offset) {
        layout.write(scaleBits, codes, target, offset);
    }
}
