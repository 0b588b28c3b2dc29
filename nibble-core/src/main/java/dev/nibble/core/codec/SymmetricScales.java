package dev.nibble.core.codec;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The scales of one block of {@link SymmetricSuperBlockCodec}: an F16 and a signed code for each group. */
public final class SymmetricScales {
    private final byte[] codes = new byte[SymmetricSuperBlockCodec.GROUPS];
    private short blockScale;

    /** All scales 0. */
    public SymmetricScales() {}

    /** The step of the group's codes; if 0, the codes of the search are kept. */
    public float scale(int group) {
        return Float.float16ToFloat(blockScale) * codes[group];
    }

    /**
     * Rounds the groups' scales so that the largest in magnitude gets {@code −limit}. @return false, with all scales 0, if that magnitude is
     * below {@code min}
     */
    boolean round(float[] scales, int limit, float min) {
        float extreme = 0;
        for (float scale : scales) {
            extreme = Math.abs(scale) > Math.abs(extreme) ? scale : extreme;
        }
        if (Math.abs(extreme) < min) {
            setAll(0);
            return false;
        }
        float inverse = -limit / extreme;
        for (int group = 0; group < codes.length; group++) {
            codes[group] = (byte) Math.clamp(Rounding.halfEven(inverse * scales[group]), -limit, limit - 1);
        }
        blockScale = Float.floatToFloat16(1 / inverse);
        return true;
    }

    /** Rounds the groups' scales with the least weighted error. */
    void search(float[] scales, int limit, float[] weights) {
        blockScale = Float.floatToFloat16(BlockScaleSearch.symmetric(codes.length, limit, scales, 0, codes, 0, weights));
        for (int group = 0; group < codes.length; group++) {
            codes[group] -= (byte) limit;
        }
    }

    /** Sets the block scale to 0 and every group's scale to this code. */
    void setAll(int code) {
        blockScale = 0;
        Arrays.fill(codes, (byte) code);
    }

    int code(int group) {
        return codes[group];
    }

    void code(int group, int code) {
        codes[group] = (byte) code;
    }

    void readHalf(MemorySegment source, long offset) {
        blockScale = HalfFloat.bits(source, offset);
    }

    void writeHalf(MemorySegment target, long offset) {
        HalfFloat.write(target, offset, blockScale);
    }
}
