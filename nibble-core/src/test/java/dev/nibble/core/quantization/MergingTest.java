package dev.nibble.core.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Statistics of parts of a text, merged in any order, have the bits of the whole. */
class MergingTest {
    private static final int COLUMNS = 96;
    private static final int ROWS = 150;
    private static final int WINDOWS = 64;

    private final long seed = Long.getLong("nibble.seed", 42);

    /** Magnitudes of windows and columns. */
    @SuppressWarnings("ImmutableEnumChecker")
    enum Sizes {
        ORDINARY(window -> 1, column -> Math.exp(column % 7 - 3)), SMALL_WINDOWS(window -> window % 7 == 3 ? 1e-6 : 1,
                column -> 1), FIRST_SMALL(window -> window == 0 ? 1e-6 : 1, column -> 1), FIRST_LARGE(window -> window == 0 ? 1e6 : 1,
                        column -> 1), HOSTILE(window -> window % 3 == 0 ? 1e-8 : window % 3,
                                column -> new double[]{1e-30, 1e30, 0, 1e-41, 1}[column % 5]), DEAD_AT_FIRST(window -> 1,
                                        column -> column % 2), NOTHING_AT_FIRST(window -> window < 3 ? 0 : 1, column -> 1);

        final IntToDoubleFunction ofWindow;
        final IntToDoubleFunction ofColumn;

        Sizes(IntToDoubleFunction ofWindow, IntToDoubleFunction ofColumn) {
            this.ofWindow = ofWindow;
            this.ofColumn = ofColumn;
        }

        List<Matrix> windows(Random random) {
            List<Matrix> windows = new ArrayList<>();
            for (int w = 0; w < WINDOWS; w++) {
                Matrix x = Matrix.of(ROWS, COLUMNS);
                for (int i = 0; i < x.data().length; i++) {
                    boolean dead = this == DEAD_AT_FIRST && w == 0 && i % COLUMNS % 2 == 1;
                    double size = ofWindow.applyAsDouble(w) * (this == DEAD_AT_FIRST ? 1 : ofColumn.applyAsDouble(i % COLUMNS));
                    x.data()[i] = dead ? 0 : (float) (random.nextGaussian() * size);
                }
                windows.add(x);
            }
            return windows;
        }
    }

    private static Statistics empty() {
        return Statistics.needed(StatisticTest.ALL, COLUMNS);
    }

    /** Statistics of all windows, on a grid that holds them. */
    private static Statistics whole(List<Matrix> windows, int threads) {
        Statistics statistics = empty();
        try (Workers workers = Workers.of(threads)) {
            while (true) {
                for (Matrix window : windows) {
                    statistics.observe(window, workers);
                }
                if (statistics.wider().isEmpty()) {
                    return statistics;
                }
                statistics = statistics.wider().get();
            }
        }
    }

    /** An empty one of every kind, mergeable with these. */
    private static Statistics another(Statistics first) {
        return new Statistics(List.of(new AbsMax(COLUMNS), new MeanAbs(COLUMNS), new MeanSquare(COLUMNS),
                first.find(Hessian.class).orElseThrow().another()));
    }

    @ParameterizedTest
    @EnumSource(Sizes.class)
    void partsInAnyOrderHaveTheBitsOfTheWhole(Sizes sizes) {
        Random random = new Random(seed);
        List<Matrix> windows = sizes.windows(random);
        Statistics expected = whole(windows, 1);
        for (int threads : new int[]{2, 4, 8}) {
            StatisticTest.assertSame(whole(windows, threads), expected);
        }
        try (Workers workers = Workers.of(1)) {
            for (int parts : new int[]{1, 2, 3, 7, 16, 33, 64}) {
                List<Matrix> order = new ArrayList<>(windows);
                Collections.shuffle(order, random);
                List<Statistics> gathered = new ArrayList<>();
                for (int p = 0; p < parts; p++) {
                    Statistics part = another(expected);
                    order.subList(p * WINDOWS / parts, (p + 1) * WINDOWS / parts).forEach(x -> part.observe(x, workers));
                    gathered.add(part);
                }
                while (gathered.size() > 1) { // a random tree
                    Statistics a = gathered.remove(random.nextInt(gathered.size()));
                    StatisticTest.merge(gathered.get(random.nextInt(gathered.size())), a);
                }
                assertThat(gathered.getFirst().wider()).as("%d parts, seed %d", parts, seed).isEmpty();
                StatisticTest.assertSame(gathered.getFirst(), expected);
            }
        }
    }

    /** Error against exact sums, beside that of float sums of batches added as doubles. Both are dominated by the float sums. */
    @ParameterizedTest
    @EnumSource(value = Sizes.class, names = {"ORDINARY", "SMALL_WINDOWS", "FIRST_SMALL", "FIRST_LARGE", "DEAD_AT_FIRST"})
    void isAsExactAsBefore(Sizes sizes) {
        List<Matrix> windows = sizes.windows(new Random(seed));
        Hessian found = whole(windows, 2).find(Hessian.class).orElseThrow();
        double[] squares = whole(windows, 2).find(MeanSquare.class).orElseThrow().sums();
        double errors = 0;
        double before = 0;
        for (int i = 0; i < COLUMNS; i += 13) {
            for (int j = i; j < COLUMNS; j += 7) {
                BigDecimal exact = exact(windows, i, j);
                double size = Math.sqrt(squares[i] * squares[j]);
                errors += Math.pow(exact.subtract(new BigDecimal(found.sum(i, j))).doubleValue() / size, 2);
                before += Math.pow(exact.subtract(new BigDecimal(floatSums(windows, i, j))).doubleValue() / size, 2);
            }
        }
        assertThat(Math.sqrt(errors)).as("before: %g, seed %d", Math.sqrt(before), seed).isLessThanOrEqualTo(1.02 * Math.sqrt(before));
    }

    private static BigDecimal exact(List<Matrix> windows, int i, int j) {
        BigDecimal sum = BigDecimal.ZERO;
        for (Matrix x : windows) {
            for (int row = 0; row < ROWS; row++) {
                sum = sum.add(new BigDecimal((double) x.data()[row * COLUMNS + i] * x.data()[row * COLUMNS + j]));
            }
        }
        return sum;
    }

    private static double floatSums(List<Matrix> windows, int i, int j) {
        double total = 0;
        for (Matrix x : windows) {
            for (int from = 0; from < ROWS; from += 128) {
                float sum = 0;
                for (int row = from; row < Math.min(from + 128, ROWS); row++) {
                    sum = Math.fma(x.data()[row * COLUMNS + i], x.data()[row * COLUMNS + j], sum);
                }
                total += sum;
            }
        }
        return total;
    }

    @Test
    void onceMoreIsEnoughWhereTheFirstWindowWasSmall() {
        List<Matrix> windows = Sizes.FIRST_SMALL.windows(new Random(seed));
        try (Workers workers = Workers.of(1)) {
            Statistics first = empty();
            windows.forEach(x -> first.observe(x, workers));
            Statistics second = first.wider().orElseThrow();
            assertThat(second.rows()).isZero();
            windows.forEach(x -> second.observe(x, workers));
            assertThat(second.wider()).isEmpty();
        }
    }

    @Test
    void whatDoesNotMergeExactlyIsRefused() {
        Matrix inputs = Layers.inputs(5, 8, seed);
        try (Workers workers = Workers.of(1)) {
            Hessian one = new Hessian(8);
            one.observe(inputs, workers);
            Matrix large = Layers.inputs(5, 8, seed);
            for (int i = 0; i < large.data().length; i++) {
                large.data()[i] *= 1000;
            }
            Hessian other = new Hessian(8);
            other.observe(large, workers);
            assertThatThrownBy(() -> one.merge(other)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("another()");
            Hessian read = Hessian.ofRows(8, 5, one::upperRow);
            assertThatThrownBy(() -> one.merge(read)).isInstanceOf(IllegalStateException.class).hasMessageContaining("gather it again");
            assertThatThrownBy(() -> read.observe(inputs, workers)).isInstanceOf(IllegalStateException.class);
            MeanAbs sums = MeanAbs.of(new double[8], 5);
            assertThatThrownBy(() -> new MeanAbs(8).merge(sums)).isInstanceOf(IllegalStateException.class).hasMessageContaining("rounded");
        }
    }
}
