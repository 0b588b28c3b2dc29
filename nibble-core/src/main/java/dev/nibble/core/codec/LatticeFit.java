package dev.nibble.core.codec;

import dev.nibble.core.tensor.Importance;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * ggml's quantization to the IQ2 and IQ3 types: for every group, several scales are tried; each rounds the group's magnitudes to points of
 * the grid, and the points whose best scale reduces the weighted square error most are kept. Then all scales are rounded to 4 bits. Every
 * float operation is in ggml's order, so the bytes are the same.
 *
 * <p>
 * Defined for every input: where ggml aborts (NaN, or sums that overflow), some point is chosen.
 */
final class LatticeFit implements LatticeCodec.Fitter {
    private static final int TOP_STEP = 15;
    private static final int CODES = 4; // that the scale search uses: the largest code is one more than the grid's highest level

    /**
     * The differences between the types.
     *
     * @param group     numbers that share a step
     * @param evenSigns whether an even number of eight signs is minus
     * @param zero      a group whose magnitudes are all smaller is zero
     * @param start     the first scale tried
     * @param tries     scales tried below the first, and above
     * @param stride    between tries, in units of half a level
     * @param refit     the points chosen again for the scale found
     * @param correction of the block's scale, empirical
     * @param spread    of the mean square, in the weights
     */
    record Rule(int group, boolean evenSigns, float zero, Start start, int tries, float stride, Refit refit, float correction, int spread,
            PlainWeight plainWeight) {}

    enum Start {
        LARGEST, SCALE_SEARCH
    }

    enum Refit {
        MISSES, ALL_IF_ONE_MISSES, ALL
    }

    /** The weight of a number's error without importance. */
    interface PlainWeight {
        float of(float number, float meanSquare);
    }

    private final Rule rule;
    private final GridSearch grid;
    private final GridSearch.Nearest nearest;
    private final Supplier<LatticeBlock> open;
    private final float[] ofLevel = new float[16]; // the values of levels in the search: odd magnitudes, repeating
    private final float[] odd; // coordinates of all points as odd magnitudes
    private final int vector;
    private final int vectors;
    private final float top; // the largest odd magnitude of the grid

    private final float[] magnitudes; // negative where the sign is wrong, to make the signs even
    private final float[] weights;
    private final float[] roots;
    private final int[] tried;
    private final int[] best;
    private final byte[] codes;
    private float sumXq;
    private float sumQq;

    LatticeFit(Rule rule, GridSearch grid, GridSearch.Nearest nearest, Supplier<LatticeBlock> open) {
        this.rule = rule;
        this.grid = grid;
        this.nearest = nearest;
        this.open = open;
        int period = Integer.highestOneBit(grid.grid().topLevel()) * 2;
        for (int i = 0; i < ofLevel.length; i++) {
            ofLevel[i] = 2 * (i % period) + 1;
        }
        this.odd = grid.grid().coordinates(ofLevel);
        this.vector = grid.grid().dimension();
        this.vectors = rule.group / vector;
        this.top = ofLevel[grid.grid().topLevel()];
        this.magnitudes = new float[rule.group];
        this.weights = new float[rule.group];
        this.roots = new float[rule.group];
        this.tried = new int[vectors];
        this.best = new int[vectors];
        this.codes = new byte[rule.group];
    }

    @Override
    public LatticeBlock fit(float[] numbers, int from, Importance importance) {
        LatticeBlock block = open.get();
        float sum = 0;
        for (int i = from; i < from + LatticeBlock.SIZE; i++) {
            sum += numbers[i] * numbers[i];
        }
        float meanSquare = rule.spread * sum / LatticeBlock.SIZE;
        float[] scales = new float[block.steps.length];
        float largest = 0;
        for (int group = 0; group < scales.length; group++) {
            weigh(numbers, from + group * rule.group, importance, meanSquare);
            scales[group] = fitGroup(block, numbers, from + group * rule.group, group * rule.group);
            largest = largest > scales[group] ? largest : scales[group];
        }
        if (largest > 0) {
            roundScales(block, scales, largest);
        } else if (rule.evenSigns) {
            Arrays.fill(block.points, (short) 0);
            Arrays.fill(block.signs, (byte) 0);
        }
        return block;
    }

    private void roundScales(LatticeBlock block, float[] scales, float largest) {
        float scale = largest / (2 * TOP_STEP + 1);
        block.scale = Float.floatToFloat16(scale * rule.correction);
        float inverse = 1 / scale;
        for (int group = 0; group < scales.length; group++) {
            int step = Rounding.halfEven(0.5f * (inverse * scales[group] - 1));
            block.steps[group] = (byte) Math.max(0, Math.min(TOP_STEP, step));
        }
    }

    private void weigh(float[] numbers, int from, Importance importance, float meanSquare) {
        for (int i = 0; i < rule.group; i++) {
            float number = numbers[from + i];
            weights[i] = importance.isEqual()
                    ? rule.plainWeight.of(number, meanSquare)
                    : importance.weight(from + i) * squareRoot(meanSquare + number * number);
            roots[i] = squareRoot(weights[i]);
        }
    }

    static float squareRoot(float x) {
        return (float) Math.sqrt(x);
    }

    /** Writes points and signs of the group that starts at {@code at} in the block, and returns its scale. */
    private float fitGroup(LatticeBlock block, float[] numbers, int from, int at) {
        for (int i = 0; i < rule.group; i += 8) {
            block.signs[(at + i) / 8] = split(numbers, from, i);
        }
        float largest = magnitudes[0];
        for (float magnitude : magnitudes) {
            largest = largest > magnitude ? largest : magnitude;
        }
        boolean zeros = largest < rule.zero;
        boolean searched = rule.start == Start.SCALE_SEARCH;
        float start = zeros ? 0 : searched ? BlockScaleSearch.positive(rule.group, CODES, magnitudes, 0, codes, 0, weights) : largest / top;
        if (zeros || (searched && start <= 0)) {
            Arrays.fill(block.signs, at / 8, (at + rule.group) / 8, (byte) 0);
            return 0;
        }
        float scale = search(start, searched ? start * (CODES - 1) : largest);
        if (scale < 0) {
            scale = -scale;
            for (int i = 0; i < rule.group; i += 8) {
                block.signs[(at + i) / 8] = (byte) ~block.signs[(at + i) / 8];
            }
        }
        for (int v = 0; v < vectors; v++) {
            block.points[at / vector + v] = (short) (best[v] < 0 ? ~best[v] : best[v]);
        }
        return scale;
    }

    /** Splits eight numbers into magnitudes and signs. To make the signs even, the least important one is flipped. */
    private byte split(float[] numbers, int from, int at) {
        int signs = 0;
        for (int i = 0; i < 8; i++) {
            float number = numbers[from + at + i];
            boolean minus = !(number >= 0);
            magnitudes[at + i] = minus ? -number : number;
            signs |= (minus ? 1 : 0) << i;
        }
        if (rule.evenSigns && Integer.bitCount(signs) % 2 != 0) {
            int min = 0;
            float leastSquare = Float.NaN;
            for (int i = 0; i < 8; i++) {
                float square = weights[at + i] * numbers[from + at + i] * numbers[from + at + i];
                if (i == 0 || square < leastSquare) {
                    leastSquare = square;
                    min = i;
                }
            }
            magnitudes[at + min] = -magnitudes[at + min];
            signs ^= 1 << min;
        }
        return (byte) signs;
    }

    /**
     * Finds the group's points, the nearest ones where the rounded magnitudes are not a point, and returns its scale.
     *
     * @param start the result if no try reduces the error
     * @param reach the magnitude that the middle try maps to the grid's end
     */
    private float search(float start, float reach) {
        Arrays.fill(best, rule.refit == Refit.ALL_IF_ONE_MISSES ? ~0 : 0);
        float scale = start;
        float bestScore = 0;
        for (int step = -rule.tries; step <= rule.tries; step++) {
            float inverse = (top + step * rule.stride) / reach;
            float tryScale = 1 / inverse;
            for (int v = 0; v < vectors; v++) {
                tried[v] = find(v * vector, inverse, tryScale);
            }
            sum(tried);
            if (sumQq > 0 && sumXq * sumXq > bestScore * sumQq) {
                scale = sumXq / sumQq;
                bestScore = scale * sumXq;
                System.arraycopy(tried, 0, best, 0, vectors);
            }
        }
        if (scale > 0 && refit(scale)) {
            sum(best);
            scale = sumQq > 0 ? sumXq / sumQq : scale;
        }
        return scale;
    }

    /** Chooses points again for the scale found. @return whether any were */
    private boolean refit(float scale) {
        int misses = 0;
        for (int point : best) {
            misses += point < 0 ? 1 : 0;
        }
        if (misses == 0 && rule.refit != Refit.ALL) {
            return false;
        }
        float inverse = 1 / scale;
        for (int v = 0; v < vectors; v++) {
            if (best[v] < 0 || rule.refit != Refit.MISSES) {
                best[v] = find(v * vector, inverse, scale);
            }
        }
        return true;
    }

    /** The point for the magnitudes at {@code from}, or the nearest one if their levels are not a point. */
    private int find(int from, float inverse, float scale) {
        int number = grid.round(magnitudes, from, inverse);
        int point = grid.point(number);
        return point >= 0 ? point : ~nearest.nearest(number, magnitudes, from, scale, roots, from, ofLevel);
    }

    private void sum(int[] points) {
        float xq = 0;
        float qq = 0;
        for (int v = 0; v < vectors; v++) {
            int point = (points[v] < 0 ? ~points[v] : points[v]) * vector;
            for (int j = 0; j < vector; j++) {
                float weight = weights[v * vector + j];
                float q = odd[point + j];
                xq += weight * magnitudes[v * vector + j] * q;
                qq += weight * q * q;
            }
        }
        sumXq = xq;
        sumQq = qq;
    }
}
