package dev.nibble.core.quantization.grid;

import dev.nibble.core.linalg.KMeans;
import java.util.Arrays;

/**
 * A few values of any spacing; a code is the place of a value among them.
 *
 * @param levels ascending; not copied
 */
public record LevelGrid(float[] levels) {
    public LevelGrid {
        if (levels.length == 0) {
            throw new IllegalArgumentException("a grid without values");
        }
        for (int i = 1; i < levels.length; i++) {
            if (!(levels[i - 1] <= levels[i])) {
                throw new IllegalArgumentException("values out of order: " + levels[i - 1] + ", " + levels[i]);
            }
        }
    }

    /** The values with the least weighted square error that k-means finds: where numbers crowd, values do. */
    public static LevelGrid kMeans(float[] numbers, float[] weights, int count, long seed) {
        return new LevelGrid(KMeans.of(numbers, 1, weights, count, 100, seed).centers());
    }

    /** The middles of {@code count} equal shares of the numbers: every code is used equally often. */
    public static LevelGrid quantiles(float[] numbers, int count) {
        if (numbers.length == 0 || count < 1) {
            throw new IllegalArgumentException(count + " quantiles of " + numbers.length + " numbers");
        }
        float[] sorted = numbers.clone();
        Arrays.sort(sorted);
        float[] levels = new float[count];
        for (int i = 0; i < count; i++) {
            double at = (i + 0.5) / count * sorted.length - 0.5;
            int below = Math.clamp((long) Math.floor(at), 0, sorted.length - 1);
            int above = Math.min(below + 1, sorted.length - 1);
            double share = Math.clamp(at - below, 0, 1);
            levels[i] = (float) (sorted[below] * (1 - share) + sorted[above] * share);
        }
        return new LevelGrid(levels);
    }

    /** The nearest value's; the lower one of two. */
    public int code(float number) {
        int found = Arrays.binarySearch(levels, number);
        if (found >= 0) {
            return found;
        }
        int above = -found - 1;
        if (above == 0 || above == levels.length) {
            return Math.min(above, levels.length - 1);
        }
        return (double) number - levels[above - 1] <= (double) levels[above] - number ? above - 1 : above;
    }

    public float value(int code) {
        return levels[code];
    }
}
