package dev.nibble.core.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class GptqTest {
    private static final Codec INT4 = GroupAffine.of(4, 32, GroupAffine.Zero.INTEGER);

    private static Codec codec(String name) {
        return GroupAffine.named(name).<Codec>map(affine -> affine).orElseGet(() -> Codecs.named(name));
    }

    static Stream<Arguments> codecsAndOrders() {
        return Stream.of("INT4-G32", "UINT3-G64-Z", "UINT2-G512-ZF", "INT8-G1", "UINT4-G128-Z", "Q4_0", "Q4_K", "IQ4_NL", "IQ2_XS")
                .flatMap(name -> Stream.of(ColumnOrder.values()).map(order -> Arguments.of(name, order)));
    }

    /** Algorithm 1 of the paper, one row and one column at a time. */
    private static byte[] plain(Matrix weight, int row, Codec codec, Gptq gptq, Hessian hessian, Workers workers) {
        int columns = weight.columns();
        double[] diagonal = hessian.diagonal();
        ColumnOrder order = codec.dimension() > 1 && gptq.order() != ColumnOrder.ACTIVATION
                ? ColumnOrder.NATURAL
                : gptq.order();
        int[] steps = order.processingOrder(diagonal, codec.blockSize());
        float[][] factor = InverseFactor.of(hessian, steps, gptq.damping(), workers).rows();
        float[] numbers = new float[columns]; // in stored order
        int[] place = new int[columns];
        float[] weights = new float[columns];
        for (int k = 0; k < columns; k++) {
            place[k] = order == ColumnOrder.ACTIVATION ? k : steps[k];
            numbers[place[k]] = diagonal[steps[k]] == 0 ? 0 : weight.data()[weight.at(row) + steps[k]];
            weights[place[k]] = (float) (diagonal[steps[k]] / hessian.rows());
        }
        Importance importance = Importance.ofColumns(weights).ofRow(numbers.clone(), 0, columns);
        Block[] blocks = new Block[columns / codec.blockSize()];
        for (int b = 0; gptq.order() == ColumnOrder.STATIC_GROUPS && b < blocks.length; b++) {
            blocks[b] = gptq.fit().fit(codec, numbers, b * codec.blockSize(), importance);
        }
        for (int k = 0; k < columns; k++) {
            int b = place[k] / codec.blockSize();
            if (blocks[b] == null) {
                blocks[b] = gptq.fit().fit(codec, numbers, b * codec.blockSize(), importance);
            }
            int i = place[k] % codec.blockSize();
            if (i % blocks[b].dimension() == 0) {
                blocks[b].choose(i, numbers, place[k]);
            }
            float error = (numbers[place[k]] - blocks[b].value(i)) / factor[k][0];
            for (int later = k + 1; later < columns; later++) {
                numbers[place[later]] -= error * factor[k][later - k];
            }
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) codec.bytes(columns)]);
        for (int b = 0; b < blocks.length; b++) {
            blocks[b].write(bytes, (long) b * codec.blockBytes());
        }
        return bytes.toArray(ValueLayout.JAVA_BYTE);
    }

    private static Weight quantize(Quantizer quantizer, Matrix weight, Codec codec, Statistics inputs, int threads) {
        try (Workers workers = Workers.of(threads)) {
            return quantizer.quantize(weight, codec, inputs, workers, Arena.ofAuto());
        }
    }

    private static double error(Quantizer quantizer, Matrix weight, Codec codec, Hessian hessian) {
        try (Workers workers = Workers.of(1)) {
            Weight found = quantizer.quantize(weight, codec, Statistics.of(hessian), workers, Arena.ofAuto());
            return OutputError.relative(weight, OutputError.decoded(found, workers), hessian, workers);
        }
    }

    @ParameterizedTest
    @MethodSource("codecsAndOrders")
    void equalsTheAlgorithmOfThePaperWithAnyNumberOfThreads(String name, ColumnOrder order) {
        Codec codec = codec(name);
        Matrix weight = Layers.weight(9, 512, 1);
        Hessian hessian = Layers.hessian(Layers.inputs(700, 512, 2));
        Gptq gptq = new Gptq(order, 0.01, name.equals("INT4-G32") ? new BlockFit.Clipped(0.5, 5, 2) : BlockFit.CODEC_DEFAULT, true);
        byte[] expected = new byte[(int) codec.bytes(9 * 512)];
        try (Workers workers = Workers.of(1)) {
            for (int row = 0; row < weight.rows(); row++) {
                byte[] bytes = plain(weight, row, codec, gptq, hessian, workers);
                System.arraycopy(bytes, 0, expected, row * bytes.length, bytes.length);
            }
        }
        for (int threads : new int[]{1, 2, 4}) {
            Weight found = quantize(gptq, weight, codec, Statistics.of(hessian), threads);
            assertThat(found.values().data().toArray(ValueLayout.JAVA_BYTE)).as("%d threads", threads).isEqualTo(expected);
            assertThat(found.inputTransforms()).hasSize(order == ColumnOrder.ACTIVATION ? 1 : 0);
        }
    }

    @ParameterizedTest
    @EnumSource(ColumnOrder.class)
    void changesTheOutputLessThanRounding(ColumnOrder order) {
        Matrix weight = Layers.weight(16, 256, 3);
        Hessian hessian = Layers.hessian(Layers.inputs(600, 256, 4));
        double rounded = error(RoundToNearest.DEFAULT, weight, INT4, hessian);
        assertThat(error(Gptq.DEFAULT.with(order), weight, INT4, hessian)).isLessThan(0.6 * rounded);
    }

    @Test
    void actOrderStoresColumnsInOrder() {
        Matrix weight = Layers.weight(4, 64, 5);
        Hessian hessian = Layers.hessian(Layers.inputs(200, 64, 6));
        Weight found = quantize(Gptq.DEFAULT.with(ColumnOrder.ACTIVATION), weight, INT4, Statistics.of(hessian), 1);
        int[] order = ((Transform.Permutation) found.inputTransforms().getFirst()).order();
        double[] diagonal = hessian.diagonal();
        double[] sorted = Arrays.stream(order).mapToDouble(i -> -diagonal[i]).toArray();
        assertThat(sorted).isSorted();
        assertThat(error(Gptq.DEFAULT.with(ColumnOrder.ACTIVATION), weight, INT4, hessian)).isLessThan(0.01);
    }

    @Test
    void textShorterThanTheRowIsEnough() {
        Matrix weight = Layers.weight(8, 256, 7);
        Hessian singular = Layers.hessian(Layers.inputs(5, 256, 8)); // rank 5 of 256
        double rounded = error(RoundToNearest.DEFAULT, weight, INT4, singular);
        assertThat(error(Gptq.DEFAULT, weight, INT4, singular)).isLessThan(0.5 * rounded);
        // without damping, damping is raised automatically
        assertThat(error(Gptq.DEFAULT.withDamping(0), weight, INT4, singular)).isLessThan(0.5 * rounded);
        try (Workers workers = Workers.of(1)) {
            int[] natural = ColumnOrder.NATURAL.processingOrder(singular.diagonal(), 1);
            assertThat(InverseFactor.of(singular, natural, 0, workers).damping()).isGreaterThan(0);
            assertThat(InverseFactor.of(singular, natural, 0.01, workers).damping()).isEqualTo(0.01);
        }
    }

    @Test
    void columnsWithoutInputBecomeZero() {
        Matrix weight = Layers.weight(3, 64, 9);
        Matrix inputs = Layers.inputs(100, 64, 10);
        for (int row = 0; row < inputs.rows(); row++) {
            inputs.data()[inputs.at(row) + 5] = 0;
            inputs.data()[inputs.at(row) + 40] = 0;
        }
        try (Workers workers = Workers.of(1)) {
            Matrix found = OutputError.decoded(quantize(Gptq.DEFAULT, weight, INT4, Statistics.of(Layers.hessian(inputs)), 1), workers);
            for (int row = 0; row < 3; row++) {
                assertThat(found.data()[found.at(row) + 5]).isZero();
                assertThat(found.data()[found.at(row) + 40]).isZero();
            }
        }
    }

    @Test
    void saysWhatIsMissing() {
        Matrix weight = Layers.weight(3, 96, 11);
        Hessian hessian = Layers.hessian(Layers.inputs(100, 96, 12));
        Codec int4 = GroupAffine.of(4, 64, GroupAffine.Zero.NONE);
        assertThatThrownBy(() -> quantize(Gptq.DEFAULT, weight, int4, Statistics.of(hessian), 1))
                .hasMessage("rows of 96 numbers do not fill groups of 64 (INT4-G64): take a group that divides the row, or round this layer"
                        + " to another type");
        assertThatThrownBy(() -> quantize(Gptq.DEFAULT, weight, INT4, Statistics.NONE, 1))
                .hasMessageContaining("gptq needs the Hessian of the layer's inputs, and there is none: calibrate");
        assertThatThrownBy(() -> quantize(Gptq.DEFAULT, weight, INT4, Statistics.of(new Hessian(96)), 1))
                .hasMessageContaining("saw no input");
        assertThatThrownBy(() -> quantize(Gptq.DEFAULT, weight, INT4, Statistics.of(new Hessian(64)), 1))
                .hasMessageContaining("is of inputs of 64 values, the weight has 96 columns");
        weight.data()[100] = Float.NaN;
        assertThatThrownBy(() -> quantize(Gptq.DEFAULT, weight, INT4, Statistics.of(hessian), 1))
                .hasMessage("the weight has NaN in row 1, column 4");
        double[] negative = new double[96 * 96];
        negative[5 * 96 + 5] = -1;
        assertThatThrownBy(() -> quantize(Gptq.DEFAULT, Layers.weight(3, 96, 11), INT4, Statistics.of(Layers.hessian(negative, 96, 1)), 1))
                .hasMessageContaining("sums of inputs");
    }
}
