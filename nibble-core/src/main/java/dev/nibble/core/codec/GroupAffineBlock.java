package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import java.lang.foreign.MemorySegment;

/** A group of {@link GroupAffine} being encoded: scale and zero point are fixed, as stored; the codes may change. */
public final class GroupAffineBlock implements Block {
    private final GroupAffine codec;
    private final float scale;
    private final float zeroPoint;
    private final byte[] codes;

    GroupAffineBlock(GroupAffine codec, float scale, float zeroPoint) {
        this.codec = codec;
        this.scale = scale;
        this.zeroPoint = zeroPoint;
        this.codes = new byte[codec.groupSize()];
    }

    public float scale() {
        return scale;
    }

    public float zeroPoint() {
        return zeroPoint;
    }

    /** The code of position {@code i}, from 0 to the codec's largest. */
    public int code(int i) {
        return codes[i] & 0xFF;
    }

    public void code(int i, int code) {
        if (code < 0 || code > codec.largestCode()) {
            throw new IllegalArgumentException("code " + code + " in " + codec.name());
        }
        codes[i] = (byte) code;
    }

    byte[] codes() {
        return codes;
    }

    /** {@code round(number / scale + zero)}, ties to even, as in PyTorch; an integer zero point is added after rounding. */
    @Override
    public void choose(int i, float[] numbers, int from) {
        float steps = numbers[from] / scale;
        double code = codec.zero() == GroupAffine.Zero.FLOAT ? Math.rint(steps + zeroPoint) : Math.rint(steps) + zeroPoint;
        codes[i] = (byte) Math.clamp((long) code, 0, codec.largestCode());
    }

    @Override
    public float value(int i) {
        return (code(i) - zeroPoint) * scale;
    }

    @Override
    public void write(MemorySegment target, long offset) {
        codec.write(target, offset, scale, zeroPoint, codes, 0);
    }
}
