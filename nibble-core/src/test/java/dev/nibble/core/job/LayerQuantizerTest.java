package dev.nibble.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.quantization.AbsMax;
import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.RoundToNearest;
import dev.nibble.core.quantization.Statistic;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.recipe.LayerQuantizers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Choice of a layer's algorithm, and the statistics it gets. */
class LayerQuantizerTest {
    private static final int COLUMNS = 32;
    private static final Codec CODEC = GroupAffine.of(4, COLUMNS, GroupAffine.Zero.INTEGER);

    /** Rounds to nearest and records its arguments. */
    private record Listener(List<Statistics> told) implements Quantizer {
        @Override
        public String name() {
            return "listener";
        }

        @Override
        public Set<Class<? extends Statistic<?>>> needs() {
            return Set.of(AbsMax.class);
        }

        @Override
        public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
            told.add(inputs);
            return RoundToNearest.DEFAULT.quantize(weight, target, Statistics.NONE, workers, arena);
        }
    }

    private final Listener listener = new Listener(new ArrayList<>());

    private static Statistics largest(double number, long rows) {
        double[] largest = new double[COLUMNS];
        Arrays.fill(largest, number);
        return Statistics.of(AbsMax.of(largest, rows));
    }

    private LayerQuantizer layers(LayerQuantizers algorithms, Function<String, Optional<Statistics>> inputs, Map<String, float[]> scales,
            Workers workers) {
        return new LayerQuantizer(algorithms, inputs, scales, workers);
    }

    private static void quantize(LayerQuantizer layers, String layer) throws IOException {
        layers.quantize(layer, Matrix.of(2, COLUMNS), CODEC, Arena.ofAuto());
    }

    @Test
    void statisticsAreThoseOfScaledInputs() throws IOException {
        float[] scale = new float[COLUMNS];
        Arrays.fill(scale, 4);
        try (Workers workers = Workers.of(1)) {
            LayerQuantizer layers = layers(LayerQuantizers.of(listener), layer -> Optional.of(largest(8, 5)), Map.of("scaled", scale),
                    workers);
            quantize(layers, "scaled");
            quantize(layers, "plain");
        }
        assertThat(listener.told.stream().map(told -> told.find(AbsMax.class).orElseThrow().values()[3])).containsExactly(2.0, 8.0);
    }

    @Test
    void layersThatNoTextCameToAreRoundedAndRemembered() throws IOException {
        try (Workers workers = Workers.of(1)) {
            LayerQuantizer layers = layers(LayerQuantizers.of(listener), layer -> Optional.of(largest(0, layer.endsWith(".1") ? 0 : 3)),
                    Map.of(),
                    workers);
            quantize(layers, "experts.0");
            quantize(layers, "experts.1");
            assertThat(layers.unseen()).containsExactly("experts.1");
            assertThat(listener.told).hasSize(1);
            LayerQuantizer strangers = layers(LayerQuantizers.of(listener), layer -> Optional.empty(), Map.of(), workers);
            assertThatThrownBy(() -> quantize(strangers, "x")).isInstanceOf(UnsupportedException.class)
                    .hasMessageContaining("the calibration has no layer x");
        }
    }

    /** Throws a given exception. */
    private record Failing(RuntimeException failure) implements Quantizer {
        @Override
        public String name() {
            return "failing";
        }

        @Override
        public Set<Class<? extends Statistic<?>>> needs() {
            return Set.of();
        }

        @Override
        public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
            throw failure;
        }
    }

    @Test
    void mistakesOfAnAlgorithmAreNotReportedAsUnsupported() {
        try (Workers workers = Workers.of(1)) {
            IllegalArgumentException mistake = new IllegalArgumentException("index 3 of 2");
            LayerQuantizer faulty = layers(LayerQuantizers.of(new Failing(mistake)), layer -> Optional.empty(), Map.of(), workers);
            assertThatThrownBy(() -> quantize(faulty, "x")).isSameAs(mistake);
            UnsupportedException unsupported = new UnsupportedException("no such codes");
            LayerQuantizer limited = layers(LayerQuantizers.of(new Failing(unsupported)), layer -> Optional.empty(), Map.of(), workers);
            assertThatThrownBy(() -> quantize(limited, "x")).isInstanceOf(UnsupportedException.class).hasMessage("layer x: no such codes")
                    .hasCause(unsupported);
            Matrix broken = Matrix.of(2, COLUMNS);
            broken.data()[5] = Float.NaN;
            LayerQuantizer rounding = layers(LayerQuantizers.of(RoundToNearest.DEFAULT), layer -> Optional.empty(), Map.of(), workers);
            assertThatThrownBy(() -> rounding.quantize("x", broken, CODEC, Arena.ofAuto())).isInstanceOf(UnsupportedException.class)
                    .hasMessage("layer x: the weight has NaN in row 0, column 5");
        }
    }

    @Test
    void expertsHaveTheAlgorithmOfTheirTensor() {
        LayerQuantizers algorithms = new LayerQuantizers(RoundToNearest.DEFAULT,
                Map.of("blk.0.ffn_up_exps", listener, "blk.1.attn_q", listener));
        assertThat(algorithms.of("blk.0.ffn_up_exps.3")).isSameAs(listener);
        assertThat(algorithms.of("blk.0.ffn_up_exps.12")).isSameAs(listener);
        assertThat(algorithms.of("blk.1.attn_q")).isSameAs(listener);
        assertThat(algorithms.of("blk.0.ffn_down_exps.3")).isSameAs(RoundToNearest.DEFAULT);
        assertThat(algorithms.needInputs()).isTrue();
        assertThat(LayerQuantizers.of(RoundToNearest.DEFAULT).needInputs()).isFalse();
    }
}
