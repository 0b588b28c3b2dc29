package dev.nibble.core.quantization.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.kernel.Matrix;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UniformGridTest {
    private static final float[] EXAMPLE = {-2.58963f, -0.6127f, 0.7035f, 1.1729f};

    private static UniformMatrix quantized(UniformMatrix.Granularity granularity) {
        return UniformMatrix.of(new Matrix(EXAMPLE, 0, 2, 2), granularity, range -> UniformGrid.affine(range, 8));
    }

    @Test
    void theWorkedExample() {
        UniformMatrix found = quantized(new UniformMatrix.Granularity.PerTensor());
        assertThat(found.grids()).hasSize(1);
        assertThat(found.grids().getFirst().scale()).isCloseTo(0.0148, within(0.00005));
        assertThat(found.grids().getFirst().zeroPoint()).isEqualTo(48);
        assertThat(found.codes()).containsExactly(-128, 6, 96, 127);
        float[] decoded = found.decoded().data();
        for (int i = 0; i < 4; i++) {
            assertThat((double) decoded[i]).isCloseTo(EXAMPLE[i], within(found.grids().getFirst().scale() * 0.51));
        }
    }

    @Test
    void aGridForEveryRowOrGroup() {
        assertThat(quantized(new UniformMatrix.Granularity.PerRow()).codes()).containsExactly(-128, 127, -128, 127);
        assertThat(quantized(new UniformMatrix.Granularity.PerGroup(1)).grids()).hasSize(4);
        assertThatThrownBy(() -> UniformMatrix.of(Matrix.of(2, 6), new UniformMatrix.Granularity.PerGroup(4),
                range -> UniformGrid.affine(range, 8))).hasMessage("groups of 4 in rows of 6");
    }

    @ParameterizedTest
    @CsvSource({"FULL, 4, 0.25, -8, 7", "RESTRICTED, 4, 0.2857142857, -7, 7", "FULL, 8, 0.015625, -128, 127", "RESTRICTED, 2, 2, -1, 1"})
    void symmetricRanges(UniformGrid.Symmetry symmetry, int bits, double scale, int smallest, int largest) {
        UniformGrid grid = UniformGrid.symmetric(new Range(-1, 2), bits, symmetry);
        assertThat(grid.scale()).isCloseTo(scale, within(1e-9));
        assertThat(grid.zeroPoint()).isZero();
        assertThat(grid.code(-100)).isEqualTo(smallest);
        assertThat(grid.code(100)).isEqualTo(largest);
        assertThat(grid.value(grid.code(0))).isZero();
        assertThat(grid.gradient(0.1f)).isEqualTo(1);
        assertThat(grid.gradient(100)).isZero();
    }

    @Test
    void zeroIsAValueWhereItMustBe() {
        UniformGrid grid = UniformGrid.affineWithZero(new Range(3, 5), 4);
        assertThat(grid.rounded(0)).isZero();
        assertThat(grid.zeroPoint()).isEqualTo(-8);
        assertThat(UniformGrid.affine(new Range(0, 0), 4).rounded(0)).isZero();
        assertThatThrownBy(() -> UniformGrid.affine(new Range(0, 1), 17)).hasMessageContaining("17 bits");
        assertThatThrownBy(() -> new Range(Double.NaN, 1)).hasMessageContaining("NaN");
    }

    @Test
    void stochasticRoundingIsRightInTheMean() {
        UniformGrid grid = new UniformGrid(0.5, 3, -8, 7);
        SplittableRandom random = new SplittableRandom(1);
        double sum = 0;
        for (int i = 0; i < 20_000; i++) {
            int code = grid.stochasticCode(0.65, random);
            assertThat(code).isBetween(4, 5);
            sum += grid.value(code);
        }
        assertThat(sum / 20_000).isCloseTo(0.65, within(0.01));
    }

    @Test
    void freeLevels() {
        float[] numbers = {0, 0, 0, 0, 1, 1, 1, 5, 5, 9};
        LevelGrid middles = LevelGrid.quantiles(numbers, 2);
        assertThat(middles.levels()).containsExactly(0, 5);
        LevelGrid clusters = LevelGrid.kMeans(numbers, new float[0], 4, 3);
        assertThat(clusters.levels()).containsExactly(0, 1, 5, 9);
        assertThat(clusters.code(-7)).isZero();
        assertThat(clusters.code(3)).isEqualTo(1); // halfway: the lower one
        assertThat(clusters.code(3.01f)).isEqualTo(2);
        assertThat(clusters.code(100)).isEqualTo(3);
        assertThat(clusters.value(2)).isEqualTo(5);
        assertThatThrownBy(() -> new LevelGrid(new float[]{1, 0})).hasMessageContaining("out of order");
    }
}
