package dev.nibble.core.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.kernel.Workers;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CholeskyTest {
    private static double[] positive(int size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] x = new double[size * (size + 3)];
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextDouble(-1, 1);
        }
        double[] a = new double[size * size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                for (int t = 0; t < size + 3; t++) {
                    a[i * size + j] += x[t * size + i] * x[t * size + j];
                }
            }
            a[i * size + i] += 0.1;
        }
        return a;
    }

    /** The textbook algorithm: row by row, one element at a time. */
    private static double[][] plain(double[] a, int size) {
        double[][] lower = new double[size][];
        for (int i = 0; i < size; i++) {
            lower[i] = new double[i + 1];
            for (int j = 0; j <= i; j++) {
                double sum = a[i * size + j];
                for (int k = 0; k < j; k++) {
                    sum -= lower[i][k] * lower[j][k];
                }
                lower[i][j] = i == j ? Math.sqrt(sum) : sum / lower[j][j];
            }
        }
        return lower;
    }

    private static double[] product(double[] a, double[] b, int size) {
        double[] product = new double[size * size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                for (int k = 0; k < size; k++) {
                    product[i * size + j] += a[i * size + k] * b[k * size + j];
                }
            }
        }
        return product;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 63, 64, 65, 130, 300})
    void equalsTheTextbookBitForBitWithAnyNumberOfThreads(int size) {
        double[] a = positive(size, size);
        double[][] expected = plain(a, size);
        for (int threads : new int[]{1, 2, 4}) {
            try (Workers workers = Workers.of(threads)) {
                assertThat(Cholesky.of(size, (i, j) -> a[i * size + j], workers).orElseThrow().lower()).as("threads %d", threads)
                        .isDeepEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 64, 100, 257})
    void invertsAndFactorsTheInverse(int size) {
        double[] a = positive(size, 31L * size);
        try (Workers workers = Workers.of(2)) {
            double[][] factor = Cholesky.of(size, (i, j) -> a[i * size + j], workers).orElseThrow().inverseOfLower(workers);
            double[] inverse = new double[size * size];
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    for (int k = Math.max(i, j); k < size; k++) {
                        inverse[i * size + j] += factor[k][i] * factor[k][j];
                    }
                }
            }
            double[] identity = product(a, inverse, size);
            double[][] upper = Cholesky.upperFactorOfInverse(size, (i, j) -> a[i * size + j], workers).orElseThrow();
            // by explicit inversion
            double[][] transposedOfInverse = Cholesky.of(size, (i, j) -> inverse[i * size + j], workers).orElseThrow().lower();
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    assertThat(identity[i * size + j]).isCloseTo(i == j ? 1 : 0, within(1e-8));
                }
                for (int j = i; j < size; j++) {
                    assertThat(upper[i][j - i]).isCloseTo(transposedOfInverse[j][i], within(1e-8));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesWhatIsNotPositiveDefinite(double pivot) {
        double[] a = positive(100, 5);
        a[70 * 100 + 70] = pivot;
        try (Workers workers = Workers.of(2)) {
            assertThat(Cholesky.of(100, (i, j) -> a[i * 100 + j], workers)).isEmpty();
            assertThat(Cholesky.upperFactorOfInverse(100, (i, j) -> a[i * 100 + j], workers)).isEmpty();
        }
    }
}
