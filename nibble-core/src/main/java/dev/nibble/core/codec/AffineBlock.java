package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/** A block of {@code number = scale × code + minimum} with codes from 0, and scale and minimum in F16. */
final class AffineBlock implements Block {
    /** Writes the parts of a block in a codec's layout. */
    @FunctionalInterface
    interface Layout {
        void write(short scale, short minimum, byte[] codes, MemorySegment target, long offset);
    }

    private final short scaleBits;
    private final short minimumBits;
    private final float scale;
    private final float minimum;
    private final float inverse;
    private final byte[] codes;
    private final int largest;
    private final Layout layout;

    /**
     * @param codes   the initial codes; not copied
     * @param largest the largest code that {@link #choose} gives
     */
    AffineBlock(float scale, float minimum, byte[] codes, int largest, Layout layout) {
        this.scaleBits = Float.floatToFloat16(scale);
        this.minimumBits = Float.floatToFloat16(minimum);
        this.scale = Float.float16ToFloat(scaleBits);
        this.minimum = Float.float16ToFloat(minimumBits);
        this.inverse = this.scale == 0 ? 0 : 1 / this.scale;
        this.codes = codes;
        this.largest = largest;
        this.layout = layout;
    }

    /** Maps the range of the numbers to the codes; with importance, by the line of least weighted square error. As in ggml. */
    static AffineBlock fit(float[] numbers, int from, int count, int largestCode, Importance importance, Layout layout) {
        return importance.isEqual()
                ? betweenExtremes(numbers, from, count, largestCode, layout)
                : leastSquares(numbers, from, RowWeights.of(numbers, from, count, importance), largestCode, layout);
    }

    private static AffineBlock betweenExtremes(float[] numbers, int from, int count, int largestCode, Layout layout) {
        float min = Float.MAX_VALUE;
        float max = -Float.MAX_VALUE;
        for (int i = from; i < from + count; i++) {
            min = numbers[i] < min ? numbers[i] : min;
            max = numbers[i] > max ? numbers[i] : max;
        }
        float scale = (max - min) / largestCode;
        float inverse = scale == 0 ? 0 : 1 / scale;
        byte[] codes = new byte[count];
        for (int i = 0; i < count; i++) {
            codes[i] = (byte) Math.clamp((int) ((numbers[from + i] - min) * inverse + 0.5f), 0, largestCode);
        }
        return new AffineBlock(scale, min, codes, largestCode, layout);
    }

    private static AffineBlock leastSquares(float[] numbers, int from, float[] weights, int largestCode, Layout layout) {
        byte[] codes = new byte[weights.length];
        AffineSearch search = new AffineSearch(codes.length, largestCode, -0.9f, 0.05f, 36, false);
        search.search(codes.length, numbers, from, weights, codes, 0);
        return new AffineBlock(search.scale(), search.minimum(), codes, largestCode, layout);
    }

    @Override
    public void choose(int i, float[] numbers, int from) {
        codes[i] = (byte) Math.clamp(Rounding.halfAwayFromZero((numbers[from] - minimum) * inverse), 0, largest);
    }

    @Override
    public float value(int i) {
        return codes[i] * scale + minimum;
    }

    @Override
    public void write(MemorySegment target, long offset) {
        layout.write(scaleBits, minimumBits, codes, target, offset);
    }
}
