package dev.nibble.core.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.E8P;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.recipe.Method;
import dev.nibble.core.recipe.Methods;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every algorithm of the list through the same tests, and the particulars of each. */
class LayerQuantizersTest {
    private static final Matrix WEIGHT = Layers.weight(24, 256, 1);
    private static final Matrix INPUTS = Layers.inputs(400, 256, 2);

    private static final List<String> CODECS = List.of("INT4-G64", "UINT3-G32-Z", "UINT2-G256-ZF", "UINT1-G16-ZF", "UINT8-G128-Z", "Q4_0",
            "Q4_K", "Q6_K", "IQ4_NL", "MXFP4", "E8P-G256", "AQLM-1x6-G256");

    private static Codec codec(String name) {
        return GroupAffine.named(name).<Codec>map(affine -> affine).or(() -> E8P.named(name)).or(() -> AdditiveCodes.named(name))
                .orElseGet(() -> Codecs.named(name));
    }

    static Statistics statistics(Matrix inputs) {
        MeanAbs magnitudes = new MeanAbs(inputs.columns());
        AbsMax largest = new AbsMax(inputs.columns());
        try (Workers workers = Workers.of(1)) {
            magnitudes.observe(inputs, workers);
            largest.observe(inputs, workers);
        }
        return new Statistics(List.of(magnitudes, largest, Layers.hessian(inputs)));
    }

    private static Weight quantize(Quantizer quantizer, Matrix weight, Codec codec, Statistics inputs, int threads) {
        try (Workers workers = Workers.of(threads)) {
            return quantizer.quantize(weight, codec, inputs, workers, Arena.ofAuto());
        }
    }

    private static double error(Weight found, Matrix weight, Matrix inputs) {
        try (Workers workers = Workers.of(1)) {
            return OutputError.relative(weight, OutputError.decoded(found, workers), Layers.hessian(inputs), workers);
        }
    }

    static Stream<Arguments> all() {
        return Methods.ALL.stream().map(Method::quantizer).distinct().flatMap(quantizer -> {
            List<String> fitting = CODECS.stream().filter(name -> quantizer.unsupportedReason(codec(name)).isEmpty()).toList();
            assertThat(fitting).as("types that %s is tested with", quantizer.name()).isNotEmpty();
            return fitting.stream().map(name -> Arguments.of(quantizer, name));
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void sameBytesWithAnyNumberOfThreadsAndNotWorseThanRounding(Quantizer quantizer, String name) {
        Codec codec = codec(name);
        float[] before = WEIGHT.data().clone();
        Weight one = quantize(quantizer, WEIGHT, codec, statistics(INPUTS), 1);
        for (int threads : new int[]{2, 4}) {
            Weight more = quantize(quantizer, WEIGHT, codec, statistics(INPUTS), threads);
            assertThat(more.values().data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(one.values().data().toArray(ValueLayout.JAVA_BYTE));
        }
        assertThat(WEIGHT.data()).isEqualTo(before);
        assertThat(one.values().shape().dimensions()).containsExactly(24L, 256L);
        double rounded = error(quantize(RoundToNearest.DEFAULT, WEIGHT, codec, Statistics.NONE, 1), WEIGHT, INPUTS);
        double found = error(one, WEIGHT, INPUTS);
        assertThat(found).isLessThanOrEqualTo(1.02 * rounded);
    }

    @ParameterizedTest
    @MethodSource("all")
    void zerosConstantsAndExtremesPass(Quantizer quantizer, String name) {
        Matrix weight = Matrix.of(4, 256);
        for (int i = 0; i < 256; i++) {
            weight.data()[256 + i] = 1;
            weight.data()[512 + i] = i == 100 ? 1000 : 0;
            weight.data()[768 + i] = (i % 2 == 0 ? 1 : -1) * 1e-20f;
        }
        Weight found = quantize(quantizer, weight, codec(name), statistics(INPUTS), 2);
        try (Workers workers = Workers.of(1)) {
            for (float number : OutputError.decoded(found, workers).data()) {
                assertThat(number).isFinite();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void saysWhatItCannotDo(Quantizer quantizer, String name) {
        Matrix odd = Layers.weight(2, 250, 3);
        if (250 % codec(name).blockSize() != 0) {
            assertThatThrownBy(() -> quantize(quantizer, odd, codec(name), statistics(Layers.inputs(9, 250, 1)), 1))
                    .hasMessageContaining("rows of 250 numbers do not fill groups of");
        }
        if (!quantizer.needs().isEmpty()) {
            assertThatThrownBy(() -> quantize(quantizer, WEIGHT, codec(name), Statistics.NONE, 1))
                    .hasMessageContaining(quantizer.name() + " needs the").hasMessageContaining("calibrate the model");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 8})
    void hqqIsCloserToMostNumbers(int bits) {
        Codec codec = new GroupAffine(bits, 64, GroupAffine.Zero.FLOAT, ScaleFormat.F32);
        double rounded = meanMagnitude(quantize(RoundToNearest.DEFAULT, WEIGHT, codec, Statistics.NONE, 1));
        double moved = meanMagnitude(quantize(Hqq.DEFAULT, WEIGHT, codec, Statistics.NONE, 1));
        assertThat(moved).isLessThan(rounded);
        assertThatThrownBy(() -> quantize(Hqq.DEFAULT, WEIGHT, codec("Q4_0"), Statistics.NONE, 1))
                .hasMessage(
                        "hqq cannot choose codes of Q4_0: it moves zero points, and this type stores none; use one such as UINT4-G64-ZF");
    }

    private static double meanMagnitude(Weight found) {
        try (Workers workers = Workers.of(1)) {
            Matrix decoded = OutputError.decoded(found, workers);
            double sum = 0;
            for (int i = 0; i < decoded.data().length; i++) {
                sum += Math.abs(decoded.data()[i] - WEIGHT.data()[i]);
            }
            return sum / decoded.data().length;
        }
    }

    @Test
    void autoRoundKeepsTheGridAndBeatsRounding() {
        Codec codec = codec("UINT3-G64-Z");
        double rounded = error(quantize(RoundToNearest.DEFAULT, WEIGHT, codec, Statistics.NONE, 1), WEIGHT, INPUTS);
        double learned = error(quantize(new AutoRound(200, BlockFit.CODEC_DEFAULT), WEIGHT, codec, statistics(INPUTS), 1), WEIGHT, INPUTS);
        double none = error(quantize(new AutoRound(0, BlockFit.CODEC_DEFAULT), WEIGHT, codec, statistics(INPUTS), 1), WEIGHT, INPUTS);
        assertThat(none).isCloseTo(rounded, withinPercentage(1));
        assertThat(learned).isLessThan(0.6 * rounded);
        assertThatThrownBy(() -> quantize(AutoRound.DEFAULT, WEIGHT, codec("IQ2_XS"), statistics(INPUTS), 1))
                .hasMessageContaining("a code of it stands for several numbers");
    }

    @Test
    void awqProtectsChannelsOfLargeInputs() {
        Matrix inputs = Layers.inputs(400, 256, 5);
        for (int row = 0; row < inputs.rows(); row++) {
            for (int i = 0; i < 256; i += 50) {
                inputs.data()[inputs.at(row) + i] *= 30;
            }
        }
        try (Workers workers = Workers.of(2)) {
            Awq.Scale found = Awq.DEFAULT.search(List.of(WEIGHT, Layers.weight(8, 256, 9)), codec("UINT4-G128-Z"), statistics(inputs),
                    workers);
            assertThat(found.error()).isLessThan(0.6 * found.unscaled());
            for (int i = 0; i < 256; i += 50) {
                assertThat(found.scale()[i]).isGreaterThan(1.5f * found.scale()[i + 1]);
            }
        }
    }

    @Test
    void smoothQuantBalances() {
        float[] scale = new SmoothQuant(0.5).scale(List.of(new Matrix(new float[]{1, -4, 0, 2, 2, 0}, 0, 2, 3)), statistics(
                new Matrix(new float[]{8, -1, 3, -2, 0.5f, 0}, 0, 2, 3)));
        assertThat(scale).containsExactly((float) Math.sqrt(8 / 2.0), (float) Math.sqrt(1 / 4.0), 1);
        assertThatThrownBy(() -> new SmoothQuant(1.5)).hasMessageContaining("strength is 1.5");
    }

    @Test
    void rotationsKeepProductsAndSpreadOutliers() {
        Rotation rotation = Rotation.of(96, 7);
        float[] x = Layers.inputs(1, 96, 3).data();
        float[] w = Layers.weight(1, 96, 4).data();
        x[10] = 100;
        double before = 0;
        for (int i = 0; i < 96; i++) {
            before += x[i] * w[i];
        }
        rotation.apply(x, 0, 96);
        rotation.apply(w, 0, 96);
        double after = 0;
        float largest = 0;
        for (int i = 0; i < 96; i++) {
            after += x[i] * w[i];
            largest = Math.max(largest, Math.abs(x[i]));
        }
        assertThat(after).isCloseTo(before, within(1e-4));
        assertThat(largest).isLessThan(30);
    }
}
