package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import java.util.List;
import java.util.Optional;

/**
 * A slice of the outputs of a fused layer.
 *
 * @param rows indexes of the outputs in the fused layer; not copied
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

    /** Computes layers that share an input. A fused layer with several consecutive slices among them is computed once. */
    @SuppressWarnings("ReferenceEquality") // identity: the same layer, not an equal one
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
