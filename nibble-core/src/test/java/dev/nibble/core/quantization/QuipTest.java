package dev.nibble.core.quantization;

import static dev.nibble.core.quantization.Layers.error;
import static dev.nibble.core.quantization.Layers.quantize;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.codec.E8P;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuipTest {
    /** Sides of 24, 40 and 96 are transformed in blocks. */
    @ParameterizedTest
    @ValueSource(ints = {64, 96, 40})
    void isAsGoodOnEverySideAndTheSameWithAnyNumberOfThreads(int columns) {
        Matrix weight = Layers.weight(24, columns, 1);
        Hessian inputs = Layers.hessian(Layers.inputs(300, columns, 2));
        Weight one = quantize(Quip.DEFAULT, weight, new E8P(columns), inputs, 1);
        Weight more = quantize(Quip.DEFAULT, weight, new E8P(columns), inputs, 3);
        assertThat(more.values().data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(one.values().data().toArray(ValueLayout.JAVA_BYTE));
        double rounded = error(weight, quantize(RoundToNearest.DEFAULT, weight, new E8P(columns), inputs, 1), inputs);
        assertThat(error(weight, one, inputs)).isLessThan(0.6 * rounded);
        assertThatThrownBy(() -> quantize(Quip.DEFAULT, weight, GroupAffine.named("INT4-G8").orElseThrow(), inputs, 1))
                .hasMessageContaining("points of the E8 lattice");
    }

    /** Two bits per value of a normal distribution lose 9.1 % of its square; a uniform grid of four steps loses 11.9 %. */
    @Test
    void codesNormalNumbersAsWellAsThePaperSays() {
        Random random = new Random(Long.getLong("nibble.seed", 42));
        float[] numbers = new float[80_000];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        var block = new E8P(numbers.length).fit(numbers, 0, Importance.EQUAL);
        double error = 0;
        for (int i = 0; i < numbers.length; i++) {
            error += Math.pow(block.value(i) - numbers[i], 2);
        }
        assertThat(error / numbers.length).isCloseTo(0.0914, within(0.0015));
    }

    @ParameterizedTest
    @Tag("shared")
    @ValueSource(strings = {"q", "down"})
    void beatsGptqOfTwoBitsOnRealLayers(String name) throws IOException {
        GoldenLayer layer = GoldenLayer.of(name);
        Codec grid = GroupAffine.named("UINT2-G64-Z").orElseThrow();
        double rounded = error(layer.weight(), quantize(RoundToNearest.DEFAULT, layer.weight(), grid, layer.hessian(), 2), layer.hessian());
        double gptq = error(layer.weight(), quantize(Gptq.DEFAULT, layer.weight(), grid, layer.hessian(), 2), layer.hessian());
        Codec codec = new E8P(layer.weight().columns());
        double quip = error(layer.weight(), quantize(Quip.DEFAULT, layer.weight(), codec, layer.hessian(), 2), layer.hessian());
        System.out.printf("%s: rounded %.4f, GPTQ %.4f (%.2f bits), QuIP# %.4f (%.2f bits)%n", name, rounded, gptq, grid.bitsPerWeight(),
                quip, codec.bitsPerWeight());
        assertThat(quip).as("with fewer bits").isLessThan(1.1 * gptq);
    }
}
