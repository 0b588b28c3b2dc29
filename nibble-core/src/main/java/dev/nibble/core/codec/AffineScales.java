package dev.nibble.core.codec;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The scales and minima of one block of {@link AffineSuperBlockCodec}: two F16 and two codes for each group. */
public final class AffineScales {
    private final byte[] scaleCodes;
    private final byte[] minimumCodes;
    private final int largest;

    private short blockScale;
    private short blockMinimum;

    public AffineScales(AffineSuperBlockCodec codec) {
        this.scaleCodes = new byte[codec.groups()];
        this.minimumCodes = new byte[codec.groups()];
        this.largest = codec.largestScale();
    }

    /**
     * Rounds the scales and minima of the groups so that the largest of either gets the largest code.
     *
     * @param minima subtracted from the numbers; not negative
     */
    public void round(float[] scales, float[] minima, int from) {
        blockScale = round(scales, from, scaleCodes);
        blockMinimum = round(minima, from, minimumCodes);
    }

    /**
     * Rounds the scales and minima of the groups with the least weighted error.
     *
     * @param weights of the groups, from index 0
     */
    public void search(float[] scales, float[] minima, int from, float[] weights) {
        int groups = scaleCodes.length;
        blockScale = Float.floatToFloat16(BlockScaleSearch.positive(groups, largest, scales, from, scaleCodes, 0, weights));
        blockMinimum = Float.floatToFloat16(BlockScaleSearch.positive(groups, largest, minima, from, minimumCodes, 0, weights));
    }

    private short round(float[] values, int from, byte[] codes) {
        float max = 0;
        for (int i = 0; i < codes.length; i++) {
            max = values[from + i] > max ? values[from + i] : max;
        }
        if (max == 0) {
            Arrays.fill(codes, (byte) 0);
            return 0;
        }
        float inverse = largest / max;
        for (int i = 0; i < codes.length; i++) {
            int code = Rounding.halfEven(inverse * values[from + i]) & 0xFF; // as in ggml, where codes are unsigned bytes
            codes[i] = (byte) Math.min(largest, code);
        }
        return Float.floatToFloat16(max / largest);
    }

    /** The step of the group's codes; if 0, the codes of the search are kept. */
    public float scale(int group) {
        return Float.float16ToFloat(blockScale) * scaleCodes[group];
    }

    /** The minimum subtracted in the group. */
    public float minimum(int group) {
        return Float.float16ToFloat(blockMinimum) * minimumCodes[group];
    }

    int scaleCode(int group) {
        return scaleCodes[group];
    }

    int minimumCode(int group) {
        return minimumCodes[group];
    }

    void codes(int group, int scale, int minimum) {
        scaleCodes[group] = (byte) scale;
        minimumCodes[group] = (byte) minimum;
    }

    /** Reads the two F16: scale, minimum. */
    void readHalves(MemorySegment source, long offset) {
        blockScale = HalfFloat.bits(source, offset);
        blockMinimum = HalfFloat.bits(source, offset + 2);
    }

    /** Writes the two F16: scale, minimum. */
    void writeHalves(MemorySegment target, long offset) {
        HalfFloat.write(target, offset, blockScale);
        HalfFloat.write(target, offset + 2, blockMinimum);
    }
}
