package dev.nibble.core.inference;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Linear;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.util.Arrays;
import java.util.Optional;

/**
 * A linear layer with transforms on its input or output.
 *
 * @param layer product with the stored values
 */
record TransformedLinear(Linear layer, Weight weight, Optional<float[]> bias, Workers workers) implements Linear {
    @Override
    public int inputs() {
        return (int) weight.columns();
    }

    @Override
    public int outputs() {
        return (int) weight.rows();
    }

    @Override
    public void apply(Matrix x, Matrix y) {
        if (weight.outputTransforms().isEmpty()) {
            layer.apply(transformInput(x), y);
        } else {
            Matrix product = Matrix.of(x.rows(), layer.outputs());
            layer.apply(transformInput(x), product);
            workers.run(y.rows(), 1, (from, to) -> {
                for (int row = from; row < to; row++) {
                    transformOutput(product, y, row);
                }
            });
        }
        bias.ifPresent(addend -> DenseLinear.addBias(addend, y, 0, y.columns()));
    }

    private Matrix transformInput(Matrix x) {
        if (weight.inputTransforms().isEmpty()) {
            return x;
        }
        Matrix input = Matrix.of(x.rows(), layer.inputs());
        workers.run(x.rows(), 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                float[] values = Arrays.copyOfRange(x.data(), x.at(row), x.at(row) + x.columns());
                for (Transform transform : weight.inputTransforms()) {
                    float[] next = new float[transform.outputs()];
                    transform.apply(values, 0, next, 0);
                    values = next;
                }
                System.arraycopy(values, 0, input.data(), input.at(row), values.length);
            }
        });
        return input;
    }

    private void transformOutput(Matrix product, Matrix y, int row) {
        float[] values = Arrays.copyOfRange(product.data(), product.at(row), product.at(row) + product.columns());
        for (Transform transform : weight.outputTransforms().reversed()) {
            float[] next = new float[transform.inputs()];
            transform.applyTransposed(values, 0, next, 0);
            values = next;
        }
        System.arraycopy(values, 0, y.data(), y.at(row), values.length);
    }
}
