package dev.nibble.core.codec;

import dev.nibble.core.tensor.Importance;
import java.util.Arrays;
import java.util.function.Function;

/**
 * ggml's quantization to the IQ1 types. A group's numbers are sorted; every cut into −1s, 0s and 1s, with every shift, has a best scale in
 * closed form; the best of all is kept, and its vectors are rounded to the nearest points of the grid. Every float operation is in ggml's
 * order, so the bytes are the same.
 *
 * <p>
 * Defined for every input: where ggml reads past its arrays or aborts (NaN, sums that overflow), some point is chosen.
 */
abstract class TernaryFit {
    /** The values of the levels, shifted up and shifted down. */
    static final float[][] LEVELS = {shifted(TernaryBlock.SHIFT), shifted(-TernaryBlock.SHIFT)};

    private static final int VECTOR = TernaryBlock.VECTOR;

    /** The grid search; its neighbour lists are built on first use. */
    private static final class Search {
        static final GridSearch GRID = new GridSearch(TernaryBlock.grid(), 3);
    }

    final int group;
    /** Error weights of the whole block. */
    final float[] weights = new float[TernaryBlock.SIZE];
    /** The group's numbers from smallest to largest, by index in the block. */
    final int[] order;
    /** The end of the −1s in the best cut so far, and below the end of the 0s; −1 for none. */
    int lowEnd;
    int midEnd;
    /** Shifts: bit v is set if vector v of the group is shifted down. */
    int down;

    private final GridSearch.Nearest nearest;
    private final float zero;
    private final byte[] levels;

    /** @param zero a group whose magnitudes are all smaller is zero */
    TernaryFit(int group, float zero, Function<GridSearch, GridSearch.Nearest> nearest) {
        this.nearest = nearest.apply(Search.GRID);
        this.group = group;
        this.zero = zero;
        this.order = new int[group];
        this.levels = new byte[group];
    }

    /**
     * Looks for the best cut and shifts of the group that {@link #order} lists, and leaves them in the fields.
     *
     * @return its scale, which may be negative
     */
    abstract float cut(float[] numbers, int from);

    /** The weight of a number's error without importance. */
    abstract float plainWeight(float number, float meanSquare);

    /** Sets the points and shifts of an empty block; returns the scales of its groups. */
    final float[] fit(TernaryBlock block, float[] numbers, int from, Importance importance) {
        float sum = 0;
        for (int i = from; i < from + TernaryBlock.SIZE; i++) {
            sum += numbers[i] * numbers[i];
        }
        float meanSquare = 2 * sum / TernaryBlock.SIZE;
        for (int i = 0; i < TernaryBlock.SIZE; i++) {
            float number = numbers[from + i];
            weights[i] = importance.isEqual()
                    ? plainWeight(number, meanSquare)
                    : importance.weight(from + i) * LatticeFit.squareRoot(meanSquare + number * number);
        }
        float[] scales = new float[TernaryBlock.SIZE / group];
        for (int g = 0; g < scales.length; g++) {
            scales[g] = fitGroup(block, numbers, from, g * group);
        }
        return scales;
    }

    private float fitGroup(TernaryBlock block, float[] numbers, int from, int at) {
        float largest = 0;
        for (int i = from + at; i < from + at + group; i++) {
            largest = Math.max(largest, Math.abs(numbers[i]));
        }
        lowEnd = -1;
        float scale = 0;
        if (!(largest < zero)) {
            sort(numbers, from, at);
            scale = cut(numbers, from);
        }
        if (lowEnd < 0) {
            return 0;
        }
        for (int j = 0; j < group; j++) {
            levels[order[j] - at] = (byte) (j < lowEnd ? 0 : j < midEnd ? 1 : 2);
        }
        if (scale < 0) {
            for (int j = 0; j < group; j++) {
                levels[j] = (byte) (2 - levels[j]);
            }
            scale = -scale;
            down ^= (1 << (group / VECTOR)) - 1;
        }
        return choosePoints(block, numbers, from, at, scale);
    }

    /** Sorts stably: equal numbers keep their order. */
    private void sort(float[] numbers, int from, int at) {
        for (int i = 0; i < group; i++) {
            float number = numbers[from + at + i];
            int j = i;
            while (j > 0 && number < numbers[from + order[j - 1]]) {
                order[j] = order[j - 1];
                j--;
            }
            order[j] = at + i;
        }
    }

    private float choosePoints(TernaryBlock block, float[] numbers, int from, int at, float scale) {
        boolean moved = false;
        for (int v = 0; v < group / VECTOR; v++) {
            int vector = at / VECTOR + v;
            int number = Search.GRID.number(levels, v * VECTOR);
            int point = Search.GRID.point(number);
            int side = (down >> v) & 1;
            if (point < 0) {
                moved = true;
                point = nearest.nearest(number, numbers, from + vector * VECTOR, scale, weights, vector * VECTOR, LEVELS[side]);
            }
            block.down[vector] = side != 0;
            block.points[vector] = (short) point;
        }
        if (!moved) {
            return scale;
        }
        float sumXq = 0;
        float sumQq = 0;
        for (int i = at; i < at + group; i++) {
            float q = level(block, i);
            sumXq += weights[i] * q * numbers[from + i];
            sumQq += weights[i] * q * q;
        }
        return sumXq > 0 && sumQq > 0 ? sumXq / sumQq : scale;
    }

    /** The shifted levels, sixteen long, repeating. */
    private static float[] shifted(float shift) {
        float[] levels = new float[16];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = i % 4 == 3 ? 0 : i % 4 - 1 + shift;
        }
        return levels;
    }

    /** The level of number {@code i} of the block, to be multiplied by its group's scale. */
    static float level(TernaryBlock block, int i) {
        int vector = i / VECTOR;
        return LEVELS[block.down[vector] ? 1 : 0][TernaryBlock.grid().levels()[block.points[vector] * VECTOR + i % VECTOR]];
    }

    /** Rounds the scales to 3-bit steps of {@code unit}. */
    static void roundScales(TernaryBlock block, float[] scales, float unit) {
        float inverse = 1 / unit;
        for (int g = 0; g < scales.length; g++) {
            int step = Rounding.halfEven(0.5f * (inverse * scales[g] - 1));
            block.steps[g] = (byte) Math.max(0, Math.min(7, step));
        }
    }

    /** The unit of the steps; 0 if all scales are, and then no vector is shifted down. */
    static float unit(TernaryBlock block, float[] scales) {
        float largest = 0;
        for (float scale : scales) {
            largest = largest > scale ? largest : scale;
        }
        if (largest == 0) {
            Arrays.fill(block.down, false);
        }
        return largest / 15;
    }
}
