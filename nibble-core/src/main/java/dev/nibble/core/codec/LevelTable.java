package dev.nibble.core.codec;

import dev.nibble.core.tensor.Float8;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The levels of codes of 4 or 8 bits under a scale, given by tables. {@link ScaledLevels} are the codecs with them.
 *
 * @see <a href="https://arxiv.org/abs/2305.14314">QLoRA</a> for NF4
 */
public final class LevelTable {
    /** Quantiles of the normal distribution, of QLoRA and bitsandbytes; the scale is the largest magnitude. */
    public static final LevelTable NF4 = new LevelTable("NF4", "4-bit quantiles of the normal distribution: QLoRA and bitsandbytes", 4, 1,
            new float[]{-1, -0.6961928f,
                -0.52507305f, -0.3949175f, -0.28444138f, -0.18477343f, -0.091050036f, 0,
                0.0795803f, 0.1609302f, 0.2461123f, 0.33791524f, 0.44070983f,
                0.562617f, 0.72295684f, 1});
    /** bitsandbytes' own 4-bit floats: sign, then 0, 1/192, 2/3, 1, 1/3, 1/2, 1/6, 1/4 of the largest magnitude. */
    public static final LevelTable FP4 = new LevelTable("FP4", "4-bit floats of bitsandbytes", 4, 1,
            withSign(0, 0.0052083335f, 0.6666667f, 1, 0.33333334f, 0.5f,
                    0.16666667f, 0.25f));
    /** LLM.int8(): signed integers; the scale is the largest magnitude, 127 steps. */
    public static final LevelTable INT8 = new LevelTable("INT8", "8-bit integers, the largest magnitude as scale: LLM.int8()", 8,
            7.874016e-3f,
            signedBytes());
    /** E4M3 floats, multiplied by the scale. */
    public static final LevelTable FP8 = new LevelTable("FP8", "8-bit floats (E4M3) under a scale: DeepSeek, compressed-tensors", 8, 1,
            floats());

    static final List<LevelTable> ALL = List.of(NF4, FP4, INT8, FP8);

    private final String name;
    private final String purpose;
    private final int bits;
    private final float unit;
    private final float[] table;
    private final int[] order; // codes of finite levels, ascending by level, the first of equals
    private final float[] bounds; // bounds[i] is midway between order[i] and order[i + 1]

    /** @param unit a further factor of level × scale */
    private LevelTable(String name, String purpose, int bits, float unit, float[] table) {
        this.name = name;
        this.purpose = purpose;
        this.bits = bits;
        this.unit = unit;
        this.table = table;
        int[] sorted = IntStream.range(0, table.length).filter(code -> Float.isFinite(table[code])).boxed()
                .sorted(Comparator.comparingDouble((Integer code) -> table[code] + 0f).thenComparing(code -> code)).mapToInt(i -> i)
                .toArray();
        this.order = IntStream.range(0, sorted.length).filter(i -> i == 0 || table[sorted[i]] != table[sorted[i - 1]])
                .map(i -> sorted[i]).toArray();
        this.bounds = new float[order.length - 1];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = (table[order[i]] + table[order[i + 1]]) / 2;
        }
    }

    public String name() {
        return name;
    }

    String purpose() {
        return purpose;
    }

    int bits() {
        return bits;
    }

    /** The level of a code, before it is multiplied by the scale and then by the unit. */
    public float level(int code) {
        return table[code];
    }

    public float unit() {
        return unit;
    }

    /** The largest level. */
    float top() {
        return table[order[order.length - 1]];
    }

    /** The scale at which the largest level is {@code magnitude}: the magnitude itself where the unit makes the levels end at 1. */
    float scale(float magnitude) {
        return this == FP8 ? magnitude / top() : magnitude;
    }

    /** The code whose level is nearest, by bisection; the lower one of two, and for NaN the lowest. */
    int nearest(float level) {
        int low = 0;
        int high = bounds.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (bounds[middle] < level) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return order[low];
    }

    /** Half the widest gap between adjacent levels, as a fraction of the largest magnitude. */
    double roundingError() {
        double widest = 0;
        for (int i = 0; i < bounds.length; i++) {
            widest = Math.max(widest, (double) table[order[i + 1]] - table[order[i]]);
        }
        return widest / 2 / top();
    }

    @Override
    public String toString() {
        return name;
    }

    private static float[] withSign(float... magnitudes) {
        float[] all = Arrays.copyOf(magnitudes, 2 * magnitudes.length);
        for (int i = 0; i < magnitudes.length; i++) {
            all[magnitudes.length + i] = 0 - magnitudes[i]; // zero has no sign
        }
        return all;
    }

    private static float[] signedBytes() {
        float[] all = new float[256];
        for (int code = 0; code < all.length; code++) {
            all[code] = (byte) code;
        }
        return all;
    }

    private static float[] floats() {
        float[] all = new float[256];
        for (int code = 0; code < all.length; code++) {
            all[code] = Float8.fromE4m3((byte) code);
        }
        return all;
    }
}
