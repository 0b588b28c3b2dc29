package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import java.util.List;
import java.util.Optional;

/**
 * Some outputs of a layer that can only be computed as a whole.
 *
 * @param rows which outputs of the whole they are; not copied
 */
public record OutputSlice(Linear whole, int[] rows, Optional<float[]> bias) implements Linear {
    @Override
    public int inputs() {
        return whole.inputs();
    }

    @Override
    public int outputs() {
        return rows.length;
    }

    @Override
    public void apply(Matrix x, Matrix y) {
        applyAll(x, List.of(this), List.of(y));
    }

    /** The products of layers that are given the same input. What several of them, one after the other, are parts of is computed once. */
    @SuppressWarnings("ReferenceEquality") // the same layer, not one with the same weights
    static void applyAll(Matrix x, List<Linear> layers, List<Matrix> products) {
        Linear computed = null;
        Matrix all = null;
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i) instanceof OutputSlice part) {
                if (part.whole != computed) {
                    computed = part.whole;
                    all = Matrix.of(x.rows(), computed.outputs());
                    computed.apply(x, all);
                }
                part.take(all, products.get(i));
            } else {
                layers.get(i).apply(x, products.get(i));
            }
        }
    }

    private void take(Matrix all, Matrix y) {
        for (int row = 0; row < y.rows(); row++) {
            int at = y.at(row);
            for (int i = 0; i < rows.length; i++) {
                y.data()[at + i] = all.data()[all.at(row) + rows[i]];
            }
            bias.ifPresent(addend -> {
                for (int i = 0; i < addend.length; i++) {
                    y.data()[at + i] += addend[i];
                }
            });
        }
    }
}
