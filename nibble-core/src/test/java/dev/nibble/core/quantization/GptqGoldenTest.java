package dev.nibble.core.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GPTQ on layers of a real model, with the Hessian of real inputs. */
@Tag("shared")
class GptqGoldenTest {
    private static double error(GoldenLayer layer, Quantizer quantizer, Codec codec) {
        try (Arena arena = Arena.ofShared(); Workers workers = Workers.of(2)) {
            Statistics inputs = Statistics.of(layer.hessian());
            Matrix decoded = OutputError.decoded(quantizer.quantize(layer.weight(), codec, inputs, workers, arena), workers);
            return OutputError.relative(layer.weight(), decoded, layer.hessian(), workers);
        }
    }

    private static double autoGptq(GoldenLayer layer, String file) throws IOException {
        Matrix theirs = GoldenLayer.autoGptq(file);
        try (Workers workers = Workers.of(2)) {
            return OutputError.relative(layer.weight(), theirs, layer.hessian(), workers);
        }
    }

    @ParameterizedTest
    @CsvSource({"q,4,128,sym", "down,4,128,sym", "q,4,32,asym", "down,4,32,asym", "q,2,64,asym", "down,2,64,asym", "q,3,128,asym",
        "down,3,128,asym", "q,8,128,sym", "down,8,128,sym"})
    void noWorseThanAutoGptq(String name, int bits, int group, String zero) throws IOException {
        GoldenLayer layer = GoldenLayer.of(name);
        double theirs = autoGptq(layer, "gptq_" + name + "_b" + bits + "_g" + group + "_" + zero);
        GroupAffine codec = new GroupAffine(bits, group, zero.equals("sym") ? GroupAffine.Zero.NONE : GroupAffine.Zero.INTEGER,
                ScaleFormat.F32);
        double ours = error(layer, Gptq.DEFAULT, codec);
        assertThat(ours).isLessThanOrEqualTo(theirs * (bits == 8 ? 1.001 : 0.96)); // at 8 bits clipping gains nothing
        double learned = error(layer, AutoRound.DEFAULT, codec);
        assertThat(learned).isLessThan(0.7 * error(layer, RoundToNearest.DEFAULT, codec));
    }

    @ParameterizedTest
    @CsvSource({"q,4,128", "q,2,64", "q,3,128"})
    void betterStillWithLargeInputsFirst(String name, int bits, int group) throws IOException {
        GoldenLayer layer = GoldenLayer.of(name);
        GroupAffine codec = GroupAffine.of(bits, group, GroupAffine.Zero.INTEGER);
        double natural = error(layer, Gptq.DEFAULT, codec);
        assertThat(error(layer, Gptq.DEFAULT.with(ColumnOrder.ACTIVATION), codec)).isLessThan(0.7 * natural);
        assertThat(error(layer, Gptq.DEFAULT.with(ColumnOrder.STATIC_GROUPS), codec)).isLessThan(natural);
        assertThat(error(layer, Gptq.DEFAULT.with(ColumnOrder.GROUP_AWARE), codec)).isLessThan(natural);
    }

    /** The same grid and order: equal to AutoGPTQ except for its float arithmetic and the columns it fits grids to. */
    @ParameterizedTest
    @CsvSource({"q,4,sym", "down,4,sym", "q,3,asym", "down,3,asym", "q,8,sym", "down,8,sym"})
    void equalsAutoGptqOnItsOwnGrid(String name, int bits, String zero) throws IOException {
        GoldenLayer layer = GoldenLayer.of(name);
        GroupAffine codec = new GroupAffine(bits, 128, zero.equals("sym") ? GroupAffine.Zero.NONE : GroupAffine.Zero.INTEGER,
                ScaleFormat.F32);
        Gptq same = new Gptq(ColumnOrder.NATURAL, 0.01, BlockFit.CODEC_DEFAULT, false);
        double theirs = autoGptq(layer, "gptq_" + name + "_b" + bits + "_g128_" + zero);
        assertThat(error(layer, same, codec)).isCloseTo(theirs, withinPercentage(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "Q3_K", "Q2_K", "IQ4_XS", "IQ4_NL", "Q8_0", "MXFP4", "NVFP4", "TQ2_0",
        "IQ3_S", "IQ2_S"})
    void feedsErrorsBackIntoGgufGrids(String type) throws IOException {
        Codec codec = Codecs.named(type);
        for (String name : new String[]{"q", "down"}) {
            GoldenLayer layer = GoldenLayer.of(name);
            double rounded = error(layer, RoundToNearest.DEFAULT, codec);
            double fedBack = error(layer, Gptq.DEFAULT, codec);
            assertThat(fedBack).as("%s on %s, rounded %s", type, name, rounded).isLessThan(0.5 * rounded);
        }
    }
}
