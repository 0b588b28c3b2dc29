package dev.nibble.core.quantization.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RangeObserverTest {
    static Stream<RangeObserver> all() {
        return Stream.of(new MinMaxObserver(), new MovingAverageObserver(0.01), new MeanSquareErrorObserver(4),
                new HistogramObserver(new HistogramObserver.Choice.SquareError(4)),
                new HistogramObserver(new HistogramObserver.Choice.Percentile(99.9)),
                new HistogramObserver(new HistogramObserver.Choice.Entropy(4)));
    }

    private static float[] normal(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private static double error(Range range, float[] numbers) {
        UniformGrid grid = UniformGrid.affineWithZero(range, 4);
        double sum = 0;
        for (float number : numbers) {
            sum += Math.pow(grid.rounded(number) - number, 2);
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("all")
    void isWithinWhatWasSeenAndNotWorseThanAll(RangeObserver observer) {
        assertThatThrownBy(observer::range).isInstanceOf(IllegalStateException.class);
        float[] numbers = normal(20_000, 4);
        observer.observe(numbers, 0, 5_000);
        observer.observe(numbers, 5_000, 0);
        observer.observe(numbers, 5_000, 15_000);
        Range whole = Range.of(numbers, 0, numbers.length);
        Range found = observer.range();
        assertThat(found.magnitude()).isLessThanOrEqualTo(whole.magnitude() + 1e-9);
        assertThat(found.width()).isGreaterThan(3);
        assertThat(error(found, numbers)).isLessThanOrEqualTo(error(whole, numbers) * 1.0001);
    }

    @ParameterizedTest
    @MethodSource("all")
    void refusesNumbersThatAreNoneAndTakesConstants(RangeObserver observer) {
        assertThatThrownBy(() -> observer.observe(new float[]{1, Float.NaN}, 0, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> observer.observe(new float[]{1, Float.POSITIVE_INFINITY}, 0, 2))
                .isInstanceOf(IllegalArgumentException.class);
        observer.observe(new float[]{0, 0, 0}, 0, 3);
        assertThat(observer.range().magnitude()).isZero();
    }

    @Test
    void whatEachOfThemDoes() {
        float[] first = {-1, 2};
        float[] second = {-3, 1};
        MinMaxObserver all = new MinMaxObserver();
        MovingAverageObserver average = new MovingAverageObserver(0.25);
        for (float[] numbers : new float[][]{first, second}) {
            all.observe(numbers, 0, 2);
            average.observe(numbers, 0, 2);
        }
        assertThat(all.range()).isEqualTo(new Range(-3, 2));
        assertThat(average.range()).isEqualTo(new Range(-1.5, 1.75));
    }

    @Test
    void outliersAreCutOff() {
        float[] numbers = normal(50_000, 9);
        numbers[7] = 40;
        for (HistogramObserver.Choice choice : new HistogramObserver.Choice[]{new HistogramObserver.Choice.SquareError(4),
            new HistogramObserver.Choice.Percentile(99.9), new HistogramObserver.Choice.Entropy(8)}) {
            HistogramObserver observer = new HistogramObserver(choice);
            observer.observe(numbers, 0, numbers.length);
            assertThat(observer.range().magnitude()).as("%s", choice).isBetween(2.0, 12.0);
        }
        HistogramObserver observer = new HistogramObserver(new HistogramObserver.Choice.Percentile(50));
        observer.observe(numbers, 0, numbers.length);
        assertThat(observer.range().smallest()).isCloseTo(-0.6745, within(0.05)); // a quarter of a normal distribution is below
        assertThat(observer.range().largest()).isCloseTo(0.6745, within(0.05));
    }
}
