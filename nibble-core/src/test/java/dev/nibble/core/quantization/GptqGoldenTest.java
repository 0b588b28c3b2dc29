package dev.nibble.core.quantization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On layers of a real model, under the Hessian of real inputs. */
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
        GroupAffine codec = GroupAffine.of(bits, group, zero.equals("sym") ? GroupAffine.Zero.NONE : GroupAffine.Zero.INTEGER);
        double rounded = error(layer, RoundToNearest.USUAL, codec);
        double natural = error(layer, Gptq.USUAL.with(ColumnOrder.NATURAL), codec);
        double aware = error(layer, Gptq.USUAL, codec);
        double clipped = error(layer, Gptq.USUAL.with(BlockFit.CLIPPED), codec);
        double act = error(layer, Gptq.USUAL.with(ColumnOrder.ACTIVATION), codec);
        double fixed = error(layer, Gptq.USUAL.with(ColumnOrder.STATIC_GROUPS), codec);
        double learned = error(layer, AutoRound.USUAL, codec);
        System.out.printf("%s b%d g%d %s: rtn %.6f AutoGPTQ %.6f natural %.6f aware %.6f clipped %.6f act %.6f static %.6f autoround %.6f%n", name,
                bits, group, zero, rounded, theirs, natural, aware, clipped, act, fixed, learned);
        assertThat(Math.min(natural, aware)).isLessThanOrEqualTo(theirs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "Q3_K", "Q2_K", "IQ4_XS", "IQ4_NL", "Q8_0", "MXFP4", "NVFP4", "TQ2_0", "IQ3_S", "IQ2_S"})
    void feedsErrorsBackIntoGgufGrids(String type) throws IOException {
        Codec codec = Codecs.named(type);
        for (String name : new String[]{"q", "down"}) {
            GoldenLayer layer = GoldenLayer.of(name);
            double rounded = error(layer, RoundToNearest.USUAL, codec);
            double plain = error(layer, new RoundToNearest(BlockFit.CLIPPED), codec);
            double natural = error(layer, Gptq.USUAL.with(ColumnOrder.NATURAL), codec);
            double unweighted = error(layer, Gptq.USUAL.with(ColumnOrder.NATURAL).withWeighted(false), codec);
            double aware = error(layer, Gptq.USUAL, codec);
            double unaware = error(layer, Gptq.USUAL.withWeighted(false), codec);
            System.out.printf("%s %s: rtn(imatrix) %.6f clip %.6f natural w %.6f u %.6f aware w %.6f u %.6f%n", type, name, rounded, plain, natural, unweighted,
                    aware, unaware);
            assertThat(aware).isLessThan(rounded);
        }
    }
}
