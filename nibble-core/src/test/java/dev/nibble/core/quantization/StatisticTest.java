package dev.nibble.core.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StatisticTest {
    static final Set<Class<? extends Statistic<?>>> ALL = Set.of(AbsMax.class, MeanAbs.class, MeanSquare.class, Hessian.class);

    private static Statistics gathered(int threads, Matrix... chunks) {
        Statistics statistics = Statistics.needed(ALL, chunks[0].columns());
        try (Workers workers = Workers.of(threads)) {
            for (Matrix chunk : chunks) {
                statistics.observe(chunk, workers);
            }
        }
        return statistics;
    }

    static void assertSame(Statistics found, Statistics expected) {
        assertThat(found.find(AbsMax.class).orElseThrow().values()).isEqualTo(expected.find(AbsMax.class).orElseThrow().values());
        assertThat(found.find(MeanAbs.class).orElseThrow().sums()).isEqualTo(expected.find(MeanAbs.class).orElseThrow().sums());
        assertThat(found.find(MeanSquare.class).orElseThrow().sums()).isEqualTo(expected.find(MeanSquare.class).orElseThrow().sums());
        Hessian a = found.find(Hessian.class).orElseThrow();
        Hessian b = expected.find(Hessian.class).orElseThrow();
        for (int i = 0; i < a.columns(); i++) {
            assertThat(a.upperRow(i)).isEqualTo(b.upperRow(i));
        }
        assertThat(found.rows()).isEqualTo(expected.rows());
    }

    static void merge(Statistics into, Statistics part) {
        into.find(AbsMax.class).orElseThrow().merge(part.find(AbsMax.class).orElseThrow());
        into.find(MeanAbs.class).orElseThrow().merge(part.find(MeanAbs.class).orElseThrow());
        into.find(MeanSquare.class).orElseThrow().merge(part.find(MeanSquare.class).orElseThrow());
        into.find(Hessian.class).orElseThrow().merge(part.find(Hessian.class).orElseThrow());
    }

    @Test
    void sameBitsWithAnyNumberOfThreadsAndInParts() {
        Matrix first = Layers.inputs(37, 700, 1);
        Matrix second = Layers.inputs(50, 700, 2);
        Matrix third = Layers.inputs(1, 700, 3);
        Statistics expected = gathered(1, first, second, third);
        assertSame(gathered(2, first, second, third), expected);
        assertSame(gathered(4, first, second, third), expected);
        Statistics merged = gathered(1, first);
        for (Matrix chunk : new Matrix[]{second, third}) {
            Statistics part = new Statistics(List.of(new AbsMax(700), new MeanAbs(700), new MeanSquare(700),
                    merged.find(Hessian.class).orElseThrow().another()));
            try (Workers workers = Workers.of(3)) {
                part.observe(chunk, workers);
            }
            merge(merged, part);
        }
        assertSame(merged, expected);
    }

    @Test
    void whatTheyAre() {
        Matrix inputs = new Matrix(new float[]{9, 1, -2, 3, -4, 9}, 1, 2, 2); // (1, -2), (3, -4)
        Statistics found = gathered(1, inputs);
        assertThat(found.find(AbsMax.class).orElseThrow().values()).containsExactly(3, 4);
        assertThat(found.find(MeanAbs.class).orElseThrow().means()).containsExactly(2, 3);
        assertThat(found.find(MeanSquare.class).orElseThrow().means()).containsExactly(5, 10);
        Hessian hessian = found.find(Hessian.class).orElseThrow();
        assertThat(hessian.sum(0, 1)).isEqualTo(-14);
        assertThat(hessian.sum(1, 0)).isEqualTo(-14);
        assertThat(hessian.diagonal()).containsExactly(10, 20);
        assertThat(found.rows()).isEqualTo(2);
    }

    @Test
    void outputErrorIsThatOfTheOutputs() {
        Matrix inputs = Layers.inputs(30, 40, 4);
        Matrix weight = Layers.weight(5, 40, 5);
        Matrix changed = Layers.weight(5, 40, 6);
        double error = 0;
        double whole = 0;
        for (int token = 0; token < 30; token++) {
            for (int row = 0; row < 5; row++) {
                double a = 0;
                double b = 0;
                for (int i = 0; i < 40; i++) {
                    a += (double) weight.data()[weight.at(row) + i] * inputs.data()[inputs.at(token) + i];
                    b += (double) changed.data()[changed.at(row) + i] * inputs.data()[inputs.at(token) + i];
                }
                error += (a - b) * (a - b);
                whole += a * a;
            }
        }
        try (Workers workers = Workers.of(2)) {
            assertThat(OutputError.relative(weight, changed, Layers.hessian(inputs), workers)).isCloseTo(error / whole, within(1e-6));
        }
    }

    @Test
    void refusesNumbersThatAreNone() {
        Matrix inputs = Matrix.of(2, 3);
        inputs.data()[4] = Float.POSITIVE_INFINITY;
        try (Workers workers = Workers.of(1)) {
            assertThatThrownBy(() -> new Hessian(3).observe(inputs, workers)).hasMessageContaining("input 1 has Infinity in column 1");
            assertThatThrownBy(() -> new MeanAbs(4).observe(inputs, workers))
                    .hasMessageContaining("inputs of 3 numbers for a statistic of 4");
            assertThatThrownBy(() -> new AbsMax(4).merge(new AbsMax(3))).hasMessageContaining("4 and 3");
        }
    }
}
