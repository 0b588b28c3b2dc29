package dev.nibble.core.quantization;

import static dev.nibble.core.quantization.Layers.error;
import static dev.nibble.core.quantization.Layers.quantize;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AqlmTest {
    private static final Matrix WEIGHT = Layers.weight(48, 64, 1);
    private static final Hessian INPUTS = Layers.hessian(Layers.inputs(300, 64, 2));

    @Test
    void everyTurnAndAWiderBeamMakeItBetter() {
        AdditiveCodes codec = AdditiveCodes.unlearned(2, 4, 64);
        double clustered = error(WEIGHT, quantize(new Aqlm(0, 0, 1, 1), WEIGHT, codec, INPUTS, 2), INPUTS);
        double one = error(WEIGHT, quantize(new Aqlm(1, 12, 1, 1), WEIGHT, codec, INPUTS, 2), INPUTS);
        double six = error(WEIGHT, quantize(new Aqlm(6, 12, 1, 1), WEIGHT, codec, INPUTS, 2), INPUTS);
        double wide = error(WEIGHT, quantize(new Aqlm(6, 12, 8, 1), WEIGHT, codec, INPUTS, 2), INPUTS);
        assertThat(one).isLessThan(0.95 * clustered);
        assertThat(six).isLessThan(0.95 * one);
        assertThat(wide).isLessThan(six);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AQLM-1x8-G64", "AQLM-3x5-G64", "AQLM-2x9-G64"})
    void sameBytesWithAnyNumberOfThreads(String name) {
        AdditiveCodes codec = AdditiveCodes.named(name).orElseThrow();
        Aqlm short1 = new Aqlm(2, 4, 3, 1);
        Weight one = quantize(short1, WEIGHT, codec, INPUTS, 1);
        Weight more = quantize(short1, WEIGHT, codec, INPUTS, 3);
        assertThat(more.values().codec()).isEqualTo(one.values().codec()).isNotEqualTo(codec);
        assertThat(more.values().data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(one.values().data().toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void zerosAndConstantsPassAndOtherTypesAreRefused() {
        Matrix weight = Matrix.of(4, 64);
        for (int i = 0; i < 64; i++) {
            weight.data()[64 + i] = 1;
            weight.data()[128 + i] = i == 9 ? 1000 : 0;
        }
        Weight found = quantize(new Aqlm(2, 4, 2, 1), weight, AdditiveCodes.unlearned(2, 3, 64), INPUTS, 1);
        try (Workers workers = Workers.of(1)) {
            for (float number : OutputError.decoded(found, workers).data()) {
                assertThat(number).isFinite();
            }
        }
        assertThatThrownBy(() -> quantize(Aqlm.DEFAULT, weight, GroupAffine.named("INT4-G8").orElseThrow(), INPUTS, 1))
                .hasMessageContaining("it learns codebooks");
        assertThatThrownBy(() -> quantize(Aqlm.DEFAULT, weight, AdditiveCodes.unlearned(2, 3, 32), INPUTS, 1))
                .hasMessageContaining("one scale per row of 64");
    }

    @ParameterizedTest
    @Tag("shared")
    @ValueSource(strings = {"q", "down"})
    void beatsGptqOfTwoBitsOnRealLayers(String name) throws IOException {
        GoldenLayer layer = GoldenLayer.of(name);
        Codec grid = GroupAffine.named("UINT2-G64-Z").orElseThrow();
        double gptq = error(layer.weight(), quantize(Gptq.DEFAULT, layer.weight(), grid, layer.hessian(), 2), layer.hessian());
        AdditiveCodes codec = AdditiveCodes.unlearned(2, 8, layer.weight().columns());
        double aqlm = error(layer.weight(), quantize(new Aqlm(3, 12, 8, 1), layer.weight(), codec, layer.hessian(), 2), layer.hessian());
        System.out.printf("%s: GPTQ %.5f (%.2f bits), AQLM %.5f (%.2f bits)%n", name, gptq, grid.bitsPerWeight(), aqlm,
                codec.bitsPerWeight());
        assertThat(aqlm).isLessThan(0.85 * gptq);
    }
}
