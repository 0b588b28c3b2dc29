package dev.nibble.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.tensor.Importance;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The codebook equals the paper's definition, and the search equals exhaustive search. */
class E8PTest {
    private final long seed = Long.getLong("nibble.seed", 42);

    private static float[] point(int code) {
        float[] point = new float[8];
        E8PCodebook.decode((short) code, 1, point, 0);
        return point;
    }

    @Test
    void has65536PointsOfTheShiftedLattice() {
        Set<String> points = new HashSet<>();
        int[] norms = new int[13];
        for (int code = 0; code < 1 << 16; code++) {
            float[] point = point(code);
            points.add(Arrays.toString(point));
            float shift = code < 1 << 15 ? 0.25f : -0.25f;
            double sum = 0;
            double norm = 0;
            for (float number : point) {
                double place = number - shift;
                assertThat(place - Math.floor(place)).isEqualTo(0.5);
                sum += place;
                norm += place * place;
            }
            assertThat(sum % 2).isZero();
            norms[(int) norm] += code < 256 ? 1 : 0;
        }
        assertThat(points).hasSize(1 << 16);
        assertThat(norms).containsExactly(0, 0, 1, 0, 8, 0, 28, 0, 64, 0, 126, 0, 29);
    }

    @Test
    void findsTheNearest() {
        Random random = new Random(seed);
        float[][] all = new float[1 << 16][];
        for (int code = 0; code < all.length; code++) {
            all[code] = point(code);
        }
        for (int trial = 0; trial < 60; trial++) {
            float[] numbers = new float[8];
            for (int i = 0; i < 8; i++) {
                numbers[i] = (float) (random.nextGaussian() * (trial % 3 + 0.4));
            }
            double min = Double.POSITIVE_INFINITY;
            for (float[] point : all) {
                min = Math.min(min, distance(point, numbers));
            }
            E8PBlock block = new E8P(8).under(1);
            block.choose(0, numbers, 0);
            float[] found = new float[8];
            for (int i = 0; i < 8; i++) {
                found[i] = block.value(i);
            }
            assertThat(distance(found, numbers)).as("seed %d", seed).isCloseTo(min, within(1e-5 * (1 + min)));
        }
    }

    @Test
    void isNamed() {
        assertThat(E8P.named("E8P-G256")).contains(new E8P(256));
        assertThat(E8P.named("E8P-G12")).isEmpty();
        assertThat(new E8P(4096).bitsPerWeight()).isCloseTo(2, within(0.01));
        assertThat(new E8P(8).fit(new float[8], 0, Importance.EQUAL).dimension()).isEqualTo(8);
    }

    private static double distance(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < 8; i++) {
            sum += Math.pow(one[i] - other[i], 2);
        }
        return sum;
    }
}
