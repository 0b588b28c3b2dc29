package dev.nibble.core.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StaticActivationScalesTest {
    private static final GroupAffine CODEC = GroupAffine.of(8, 4, GroupAffine.Zero.NONE);
    private static final Matrix WEIGHT = new Matrix(new float[]{1, -2, 3, 4, 0.5f, 6, -7, 8}, 0, 2, 4);

    private static Weight quantized(Quantizer inner, Statistics inputs) {
        try (Workers workers = Workers.of(1)) {
            return new StaticActivationScales(inner).finish(WEIGHT, CODEC, inputs, workers, Arena.ofAuto());
        }
    }

    private static Statistics inputs(float... numbers) {
        AbsMax largest = new AbsMax(4);
        try (Workers workers = Workers.of(1)) {
            largest.observe(new Matrix(numbers, 0, numbers.length / 4, 4), workers);
        }
        return Statistics.of(largest);
    }

    @Test
    void theLargestMagnitudeIsCode127AndAHalf() {
        Weight weight = quantized(RoundToNearest.DEFAULT, inputs(-1, 3, 0.5f, 2, 0, 0, -5, 0));
        assertThat(weight.inputQuantization()).isEqualTo(new ActivationQuantization.PerTensor(10f / 255, 0));
        float[] row = new float[4];
        weight.read(1, row, 0);
        assertThat(row[3]).isCloseTo(8, within(0.04f));
        assertThat(quantized(RoundToNearest.DEFAULT, inputs(0, 0, 0, 0)).inputQuantization())
                .isEqualTo(new ActivationQuantization.PerTensor(1, 0));
    }

    @Test
    void itNeedsWhatTheAlgorithmNeedsAndTheRange() {
        assertThat(new StaticActivationScales(RoundToNearest.DEFAULT).needs()).isEqualTo(Set.of(AbsMax.class));
        assertThat(new StaticActivationScales(Gptq.DEFAULT).needs()).isEqualTo(Set.of(AbsMax.class, Hessian.class));
    }

    @Test
    void inputsThatAreNotKnownAreRefused() {
        assertThatThrownBy(() -> quantized(RoundToNearest.DEFAULT, Statistics.NONE)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("no text of the calibration came to this layer").hasMessageContaining("W8A8");
        MeanAbs other = MeanAbs.of(new double[]{1, 1, 1, 1}, 2);
        assertThatThrownBy(() -> quantized(RoundToNearest.DEFAULT, Statistics.of(other))).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("a static scale needs the AbsMax");
    }
}
