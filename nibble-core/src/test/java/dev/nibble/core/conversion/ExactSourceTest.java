package dev.nibble.core.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.UnsupportedException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExactSourceTest {
    private static final Shape SHAPE = Shape.of(3, 128);
    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    @ParameterizedTest
    @CsvSource({"INT4-G128,Q4_0", "INT2-G64,Q4_0", "UINT3-G32-Z,Q4_0", "UINT4-G64-Z,Q5_0", "INT5-G32,Q5_0", "INT8-G128,Q8_0",
        "UINT7-G32-Z,Q8_0", "INT4-G128-BF16,Q4_0"})
    void keepsEveryBit(String from, String to) {
        Tensor stored = tensor(GroupAffine.named(from).orElseThrow());
        TensorSource exact = ExactSource.of(Sources.copy("layer.weight", stored, false));
        assertThat(exact.info().codec().name()).isEqualTo(to);
        for (int row = 0; row < SHAPE.rows(); row++) {
            float[] before = new float[128];
            float[] after = new float[128];
            stored.decode(row, 0, before, 0, 128);
            exact.info().codec().decode(exact.rawRow(row).orElseThrow(), 0, after, 0, 128);
            assertThat(after).as("%s, row %d, seed %d", from, row, seed).containsExactly(before);
        }
    }

    @Test
    void refusesWithTheReason() {
        assertThatThrownBy(() -> of(GroupAffine.named("UINT8-G32-Z").orElseThrow())).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("layer.weight (UINT8-G32-Z)").hasMessageContaining("integers from -255 to 255");
        assertThatThrownBy(() -> of(GroupAffine.named("INT4-G16").orElseThrow())).hasMessageContaining("groups of 16");
        assertThatThrownBy(() -> of(GroupAffine.named("UINT4-G64-ZF").orElseThrow())).hasMessageContaining("not multiples of a scale");
        assertThatThrownBy(() -> of(new ScaledLevels(LevelTable.NF4, 64))).hasMessageContaining("not multiples of a scale");
        TensorSource full = of(GroupAffine.named("INT4-G64-F32").orElseThrow());
        assertThatThrownBy(() -> full.rawRow(0)).hasMessageContaining("its scale is not an F16");
    }

    private TensorSource of(Codec codec) {
        return ExactSource.of(Sources.copy("layer.weight", tensor(codec), false));
    }

    private Tensor tensor(Codec codec) {
        float[] numbers = new float[(int) SHAPE.count()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return InMemoryCheckpoint.tensor(codec, SHAPE, numbers);
    }
}
