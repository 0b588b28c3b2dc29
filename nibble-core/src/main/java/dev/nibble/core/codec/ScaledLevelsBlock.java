package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import java.lang.foreign.MemorySegment;

/** A group of {@link ScaledLevels} being encoded: the scale is fixed, the codes may change. */
public final class ScaledLevelsBlock implements Block {
    private final ScaledLevels codec;
    private final float scale;
    private final float inverse;
    private final byte[] codes;

    ScaledLevelsBlock(ScaledLevels codec, float scale) {
        this.codec = codec;
        this.scale = scale;
        this.inverse = scale == 0 ? 0 : 1 / (scale * codec.levels().unit());
        this.codes = new byte[codec.groupSize()];
    }

    /** The code of position {@code i}, unsigned. */
    public int code(int i) {
        return codes[i] & 0xFF;
    }

    public void code(int i, int code) {
        if (code < 0 || code >= 1 << codec.levels().bits()) {
            throw new IllegalArgumentException("code " + code + " in " + codec.name());
        }
        codes[i] = (byte) code;
    }

    byte[] codes() {
        return codes;
    }

    /** Multiplies by the scale's reciprocal, as bitsandbytes does; codes at midpoints depend on it. */
    @Override
    public void choose(int i, float[] numbers, int from) {
        codes[i] = (byte) codec.levels().nearest(numbers[from] * inverse);
    }

    @Override
    public float value(int i) {
        return codec.levels().level(code(i)) * scale * codec.levels().unit();
    }

    @Override
    public void write(MemorySegment target, long offset) {
        codec.write(target, offset, scale, 0, codes, 0);
    }
}
