package dev.nibble.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.kernel.Matrix;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OutputSliceTest {
    /** A layer that doubles its input. */
    private static final class Doubling implements Linear {
        private int times;

        @Override
        public int inputs() {
            return 4;
        }

        @Override
        public int outputs() {
            return 4;
        }

        @Override
        public void apply(Matrix x, Matrix y) {
            times++;
            for (int row = 0; row < x.rows(); row++) {
                for (int i = 0; i < 4; i++) {
                    y.data()[y.at(row) + i] = 2 * x.data()[x.at(row) + i];
                }
            }
        }
    }

    private final Doubling whole = new Doubling();
    private final Doubling other = new Doubling();
    private final Matrix x = new Matrix(new float[]{1, 2, 3, 4, 5, 6, 7, 8}, 0, 2, 4);

    @Test
    void computesTheWholeOnceForAllParts() {
        OutputSlice first = new OutputSlice(whole, new int[]{2, 0}, Optional.empty());
        OutputSlice second = new OutputSlice(whole, new int[]{3}, Optional.of(new float[]{0.5f}));
        List<Matrix> products = List.of(Matrix.of(2, 2), Matrix.of(2, 1), Matrix.of(2, 4));
        OutputSlice.applyAll(x, List.of(first, second, other), products);
        assertThat(products.get(0).data()).containsExactly(6, 2, 14, 10);
        assertThat(products.get(1).data()).containsExactly(8.5f, 16.5f);
        assertThat(products.get(2).data()).containsExactly(2, 4, 6, 8, 10, 12, 14, 16);
        assertThat(whole.times).isEqualTo(1);
        assertThat(other.times).isEqualTo(1);
    }

    @Test
    void computesEveryWholeThatThereIs() {
        List<Matrix> products = List.of(Matrix.of(2, 1), Matrix.of(2, 1));
        OutputSlice.applyAll(x,
                List.of(new OutputSlice(whole, new int[]{1}, Optional.empty()), new OutputSlice(other, new int[]{1}, Optional.empty())),
                products);
        assertThat(products.get(1).data()).containsExactly(4, 12);
        assertThat(List.of(whole.times, other.times)).containsExactly(1, 1);
    }

    @Test
    void isALayerByItself() {
        Matrix y = Matrix.of(2, 1);
        new OutputSlice(whole, new int[]{1}, Optional.empty()).apply(x, y);
        assertThat(y.data()).containsExactly(4, 12);
        new OutputSlice(whole, new int[]{2}, Optional.empty()).apply(x, y);
        assertThat(y.data()).containsExactly(6, 14);
    }
}
