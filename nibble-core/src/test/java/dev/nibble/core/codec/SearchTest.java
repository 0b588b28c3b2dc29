package dev.nibble.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The searches against rounding with the plain scale: never worse, clearly better on average. */
class SearchTest {
    private static final int TRIALS = 300;
    private static final int COUNT = 16;
    private static final int FROM = 3;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);
    private final float[] x = new float[FROM + COUNT];
    private final float[] weights = new float[COUNT];
    private final byte[] codes = new byte[COUNT + 2];

    @Test
    void findsSymmetricScales() {
        int limit = 4;
        double plain = 0;
        double found = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            draw(trial % 2 == 0);
            float scale = BlockScaleSearch.symmetric(COUNT, limit, x, FROM, codes, 1, trial % 2 == 0 ? null : weights);
            assertThat(scale).as("seed %d", seed).isCloseTo(leastSquares(limit), within(1e-5f));
            double error = error(scale, -limit * scale, 0, 2 * limit - 1);
            double before = plainError(ScaledBlock.extreme(x, FROM, COUNT) / -limit, -limit, limit - 1);
            assertThat(error).as("trial %d, seed %d", trial, seed).isLessThanOrEqualTo(before * 1.0001);
            plain += before;
            found += error;
        }
        assertThat(found).isLessThan(0.85 * plain);
    }

    @Test
    void improvesSymmetricCodesOneByOne() {
        int limit = 4;
        double plain = 0;
        double found = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            draw(true);
            float scale = BlockScaleSearch.oneByOne(COUNT, limit, x, FROM, codes, 1);
            assertThat(scale).as("seed %d", seed).isCloseTo(leastSquares(limit), within(1e-5f));
            double error = error(scale, -limit * scale, 0, 2 * limit - 1);
            double before = plainError(ScaledBlock.extreme(x, FROM, COUNT) / -limit, -limit, limit - 1);
            assertThat(error).as("trial %d, seed %d", trial, seed).isLessThanOrEqualTo(before * 1.0001);
            plain += before;
            found += error;
        }
        assertThat(found).isLessThan(0.85 * plain);
    }

    @Test
    void findsScalesOfPositiveNumbers() {
        int limit = 15;
        double plain = 0;
        double found = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            draw(false);
            for (int i = 0; i < x.length; i++) {
                x[i] = Math.abs(x[i]);
            }
            float scale = BlockScaleSearch.positive(COUNT, limit, x, FROM, codes, 1, weights);
            assertThat(scale).as("seed %d", seed).isCloseTo(leastSquares(0), within(1e-5f));
            double error = error(scale, 0, 0, limit);
            double before = plainError(ScaledBlock.extreme(x, FROM, COUNT) / limit, 0, limit);
            assertThat(error).as("trial %d, seed %d", trial, seed).isLessThanOrEqualTo(before * 1.0001);
            plain += before;
            found += error;
        }
        assertThat(found).isLessThan(0.9 * plain);
    }

    @Test
    void findsLines() {
        int limit = 7;
        double plain = 0;
        double found = 0;
        AffineSearch search = new AffineSearch(COUNT, limit, -0.9f, 0.05f, 36, false);
        for (int trial = 0; trial < TRIALS; trial++) {
            draw(trial % 2 == 0);
            search.search(COUNT, x, FROM, trial % 2 == 0 ? null : weights, codes, 1);
            assertThat(search.minimum()).isLessThanOrEqualTo(0);
            double error = error(search.scale(), search.minimum(), 0, limit);

            float minimum = 0;
            float largest = 0;
            for (int i = 0; i < COUNT; i++) {
                minimum = Math.min(minimum, x[FROM + i]);
                largest = Math.max(largest, x[FROM + i]);
            }
            float scale = (largest - minimum) / limit;
            double before = 0;
            for (int i = 0; i < COUNT; i++) {
                float number = x[FROM + i];
                before += weights[i] * square(Math.rint((number - minimum) / scale) * scale + minimum - number);
            }
            assertThat(error).as("trial %d, seed %d", trial, seed).isLessThanOrEqualTo(before * 1.0001);
            plain += before;
            found += error;
        }
        assertThat(found).isLessThan(0.85 * plain);
    }

    @Test
    void findsNothingInZeros() {
        Arrays.fill(weights, 1);
        Arrays.fill(codes, (byte) 99);
        assertThat(BlockScaleSearch.symmetric(COUNT, 4, x, FROM, codes, 1, null)).isZero();
        assertCodesCleared();
        assertThat(BlockScaleSearch.oneByOne(COUNT, 4, x, FROM, codes, 1)).isZero();
        assertCodesCleared();
        assertThat(BlockScaleSearch.positive(COUNT, 4, x, FROM, codes, 1, weights)).isZero();
        assertCodesCleared();
        AffineSearch search = new AffineSearch(COUNT, 7, -0.5f, 0.1f, 15, true);
        search.search(COUNT, x, FROM, weights, codes, 1);
        assertThat(search.scale()).isZero();
        assertCodesCleared();
    }

    private void assertCodesCleared() {
        byte[] expected = new byte[codes.length];
        expected[0] = 99;
        expected[COUNT + 1] = 99;
        assertThat(codes).containsExactly(expected);
        Arrays.fill(codes, (byte) 99);
    }

    private void draw(boolean weighedBySquares) {
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < COUNT; i++) {
            weights[i] = weighedBySquares ? x[FROM + i] * x[FROM + i] : 0.1f + random.nextFloat();
        }
    }

    /** Σwxl / Σwl² of the found codes. */
    private float leastSquares(int zero) {
        double sumXl = 0;
        double sumLl = 0;
        for (int i = 0; i < COUNT; i++) {
            int code = codes[1 + i] - zero;
            sumXl += (double) weights[i] * x[FROM + i] * code;
            sumLl += (double) weights[i] * code * code;
        }
        return (float) (sumXl / sumLl);
    }

    private double error(float scale, float minimum, int smallest, int largest) {
        double error = 0;
        for (int i = 0; i < COUNT; i++) {
            assertThat((int) codes[1 + i]).isBetween(smallest, largest);
            error += weights[i] * square((double) scale * codes[1 + i] + minimum - x[FROM + i]);
        }
        return error;
    }

    private double plainError(float scale, int smallest, int largest) {
        double error = 0;
        for (int i = 0; i < COUNT; i++) {
            double code = Math.clamp(Math.rint(x[FROM + i] / scale), smallest, largest);
            error += weights[i] * square(code * scale - x[FROM + i]);
        }
        return error;
    }

    private static double square(double x) {
        return x * x;
    }
}
