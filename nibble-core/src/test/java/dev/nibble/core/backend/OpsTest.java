package dev.nibble.core.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.Ops;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The operations of every backend, against double precision; values before and after the range are unchanged. */
class OpsTest {
    private static final int[] COUNTS = {1, 7, 8, 9, 31, 64, 257, 2048};
    private static final int FROM = 3;
    private static final float GUARD = 12345;

    private final long seed = Long.getLong("nibble.seed", 11);
    private final Random random = new Random(seed);

    /** A backend's operations. */
    record Way(String name, Ops ops) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Way> ways() {
        List<Backend> usable = Backends.detect().usable();
        Ops last = usable.getLast().ops(OpsTest::none);
        return usable.stream().map(backend -> new Way(backend.name(), backend.ops(() -> last))).toList();
    }

    private static Ops none() {
        throw new AssertionError("the last backend needs no other");
    }

    private float[] guarded(int count, double size) {
        float[] x = new float[count + 2 * FROM];
        Arrays.fill(x, GUARD);
        for (int i = 0; i < count; i++) {
            x[FROM + i] = (float) (size * random.nextGaussian());
        }
        return x;
    }

    private static void checkGuards(float[] x, int count) {
        for (int i = 0; i < FROM; i++) {
            assertThat(x[i]).isEqualTo(GUARD);
            assertThat(x[FROM + count + i]).isEqualTo(GUARD);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void powersOfE(Way way) {
        for (int count : COUNTS) {
            float[] x = guarded(count, 5);
            float[] before = x.clone();
            float sum = way.ops.exp(x, FROM, count, 1.5f);
            double expectedSum = 0;
            for (int i = FROM; i < FROM + count; i++) {
                double expected = Math.exp(before[i] - 1.5);
                expectedSum += expected;
                assertThat((double) x[i]).as("%s, seed %d", before[i], seed).isCloseTo(expected, within(3e-6 * expected));
            }
            assertThat((double) sum).isCloseTo(expectedSum, within(1e-5 * expectedSum));
            checkGuards(x, count);
        }
    }

    /** SiLU, and GELU with tanh. */
    @ParameterizedTest
    @MethodSource("ways")
    void swish(Way way) {
        for (float[] factors : new float[][]{{-1, 0}, {-1.5957692f, -0.071354814f}}) {
            for (int count : COUNTS) {
                float[] x = guarded(count, 3);
                x[FROM + count / 2] = count % 2 == 0 ? 200 : -200;
                float[] before = x.clone();
                way.ops.swish(x, FROM, count, factors[0], factors[1]);
                for (int i = FROM; i < FROM + count; i++) {
                    double number = before[i];
                    double expected = number / (1 + Math.exp(number * (factors[0] + factors[1] * number * number)));
                    assertThat((double) x[i]).as("%s, seed %d", number, seed).isCloseTo(expected, within(1e-6 * Math.max(1, Math.abs(
                            expected))));
                }
                checkGuards(x, count);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void normsByTheRootOfTheMeanSquare(Way way) {
        for (int count : COUNTS) {
            float[] x = guarded(count, 3);
            float[] weight = Arrays.copyOfRange(guarded(count, 1), FROM, FROM + count);
            float[] target = guarded(count, 1);
            double squares = 0;
            for (int i = 0; i < count; i++) {
                squares += (double) x[FROM + i] * x[FROM + i];
            }
            way.ops.rmsNorm(x, FROM, target, FROM, weight, 1e-5);
            for (int i = 0; i < count; i++) {
                double expected = x[FROM + i] / Math.sqrt(squares / count + 1e-5) * weight[i];
                assertThat((double) target[FROM + i]).as("%d of %d, seed %d", i, count, seed).isCloseTo(expected, within(3e-7 * Math.abs(
                        expected)));
            }
            checkGuards(target, count);
            float[] plain = target.clone();
            way.ops.rmsNorm(x, FROM, x, FROM, weight, 1e-5);
            assertThat(x).isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void sumsAndProductsNumberByNumber(Way way) {
        for (int count : new int[]{1, 7, 8, 64, 257, 40_001}) {
            float[] x = guarded(count, 3);
            float[] y = guarded(count, 1);
            float[] sum = x.clone();
            way.ops.add(sum, FROM, y, FROM, count);
            float[] product = x.clone();
            way.ops.multiply(product, FROM, y, FROM, count);
            for (int i = FROM; i < FROM + count; i++) {
                assertThat(sum[i]).isEqualTo(x[i] + y[i]);
                assertThat(product[i]).isEqualTo(x[i] * y[i]);
            }
            checkGuards(sum, count);
            checkGuards(product, count);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void turnsPairs(Way way) {
        for (int pairs : new int[]{1, 5, 8, 32, 64, 80}) {
            for (boolean interleaved : new boolean[]{true, false}) {
                int stride = 2 * pairs + 6;
                float[] x = guarded(2 * stride + 2 * pairs, 2);
                float[] before = x.clone();
                float[] table = guarded(2 * pairs, 1);
                way.ops.rotate(x, FROM, 3, stride, pairs, interleaved, table, FROM);
                float[] expected = before.clone();
                for (int head = 0; head < 3; head++) {
                    for (int pair = 0; pair < pairs; pair++) {
                        int a = FROM + head * stride + (interleaved ? 2 * pair : pair);
                        int b = a + (interleaved ? 1 : pairs);
                        float cosine = table[FROM + pair];
                        float sine = table[FROM + pairs + pair];
                        expected[a] = before[a] * cosine - before[b] * sine;
                        expected[b] = before[a] * sine + before[b] * cosine;
                    }
                }
                assertThat(x).as("%d pairs, neighbours: %s, seed %d", pairs, interleaved, seed).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void scoresAndWeightedSums(Way way) {
        for (int size : new int[]{1, 15, 64, 100}) {
            for (int count : new int[]{1, 5, 33}) {
                float[] query = guarded(size, 1);
                float[] rows = new float[count * size];
                for (int i = 0; i < rows.length; i++) {
                    rows[i] = (float) random.nextGaussian();
                }
                float[] scores = guarded(count, 1);
                way.ops.scores(query, FROM, rows, count, size, 0.5f, scores, FROM);
                float[] target = guarded(size, 1);
                float[] before = target.clone();
                way.ops.accumulate(scores, FROM, rows, count, size, target, FROM);
                for (int row = 0; row < count; row++) {
                    double expected = 0;
                    for (int i = 0; i < size; i++) {
                        expected += 0.5 * query[FROM + i] * rows[row * size + i];
                    }
                    assertThat((double) scores[FROM + row]).as("seed %d", seed).isCloseTo(expected, within(1e-5));
                }
                for (int i = 0; i < size; i++) {
                    double expected = before[FROM + i];
                    for (int row = 0; row < count; row++) {
                        expected += (double) scores[FROM + row] * rows[row * size + i];
                    }
                    assertThat((double) target[FROM + i]).as("seed %d", seed).isCloseTo(expected, within(1e-4));
                }
                checkGuards(scores, count);
                checkGuards(target, size);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aNaNStaysOne(Way way) {
        Stream.of(0, 6, 12).forEach(at -> {
            float[] x = guarded(13, 1);
            x[FROM + at] = Float.NaN;
            way.ops.swish(x, FROM, 13, -1, 0);
            assertThat(x[FROM + at]).isNaN();
            assertThat(x[FROM + (at + 1) % 13]).isNotNaN();
        });
    }
}
