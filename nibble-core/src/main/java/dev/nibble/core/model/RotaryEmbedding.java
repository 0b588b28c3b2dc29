package dev.nibble.core.model;

import dev.nibble.core.kernel.Ops;
import java.util.Arrays;
import java.util.Objects;

/**
 * Rotary position embedding (RoPE): pairs of values in a head are rotated by an angle proportional to the position, each at a lower
 * frequency than the pair before. Su et al. 2021, "RoFormer", section 3.
 */
public final class RotaryEmbedding {
    private static final int TABLE_STEP = 256;

    private final int rotated;
    private final boolean interleaved;
    private final double[] frequencies;
    private final double magnitude;
    private volatile float[] table = {}; // for every position: cosines, then sines

    /**
     * @param rotated values at the start of a head that are rotated
     * @param interleaved  whether pairs are adjacent; else value {@code i} pairs with {@code i + rotated/2}
     * @param frequencies radians per position, one for each pair
     * @param magnitude   factor of the rotated values
     */
    public RotaryEmbedding(int rotated, boolean interleaved, double[] frequencies, double magnitude) {
        if (rotated % 2 != 0 || frequencies.length != rotated / 2) {
            throw new IllegalArgumentException(frequencies.length + " frequencies for " + rotated + " rotated values");
        }
        this.rotated = rotated;
        this.interleaved = interleaved;
        this.frequencies = frequencies.clone();
        this.magnitude = magnitude;
    }

    /** {@code base^(−2i/rotated)}: the frequencies of the paper. */
    public static double[] frequencies(int rotated, double base) {
        double[] frequencies = new double[rotated / 2];
        Arrays.setAll(frequencies, i -> Math.pow(base, -2.0 * i / rotated));
        return frequencies;
    }

    /**
     * Rotates heads at {@code position}, in place.
     *
     * @param headSize values from one head to the next
     */
    void rotate(float[] heads, int from, int count, int headSize, int position, Ops ops) {
        Objects.checkFromIndexSize(from, Math.multiplyExact(count, headSize), heads.length);
        ops.rotate(heads, from, count, headSize, rotated / 2, interleaved, upTo(position), position * rotated);
    }

    private float[] upTo(int position) {
        float[] known = table;
        return (position + 1L) * rotated <= known.length ? known : extend(position);
    }

    private synchronized float[] extend(int position) {
        int positions = Math.ceilDiv(position + 1, TABLE_STEP) * TABLE_STEP;
        int pairs = rotated / 2;
        int done = rotated == 0 ? positions : table.length / rotated;
        float[] longer = Arrays.copyOf(table, Math.max(table.length, Math.multiplyExact(positions, rotated)));
        for (int p = done; p < positions; p++) {
            for (int i = 0; i < pairs; i++) {
                longer[p * rotated + i] = (float) (Math.cos(p * frequencies[i]) * magnitude);
                longer[p * rotated + pairs + i] = (float) (Math.sin(p * frequencies[i]) * magnitude);
            }
        }
        table = longer;
        return longer;
    }
}
