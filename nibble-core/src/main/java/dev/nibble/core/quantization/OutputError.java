package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Weight;
import java.util.Arrays;
import java.util.stream.LongStream;

/** The change of a layer's output with its weight, over the inputs of a Hessian. */
final class OutputError {
    private OutputError() {}

    /**
     * {@code Σ ‖(w' − w) · x‖² / Σ ‖w · x‖²}, over all rows and inputs; 0 if both are 0.
     *
     * @param changed weight of the same shape
     */
    public static double relative(Matrix weight, Matrix changed, Hessian inputs, Workers workers) {
        double error = energy(difference(weight, changed), inputs, workers);
        double whole = energy(weight, inputs, workers);
        return error == 0 ? 0 : error / whole;
    }

    private static Matrix difference(Matrix weight, Matrix changed) {
        if (weight.rows() != changed.rows() || weight.columns() != changed.columns()) {
            throw new IllegalArgumentException(weight.rows() + "×" + weight.columns() + " and " + changed.rows() + "×" + changed.columns());
        }
        Matrix difference = Matrix.of(weight.rows(), weight.columns());
        for (int i = 0; i < difference.data().length; i++) {
            difference.data()[i] = changed.data()[changed.from() + i] - weight.data()[weight.from() + i];
        }
        return difference;
    }

    /** {@code Σ ‖w · x‖²}: the trace of {@code W · H · Wᵀ}. */
    public static double energy(Matrix weight, Hessian inputs, Workers workers) {
        if (weight.columns() != inputs.columns()) {
            throw new IllegalArgumentException(weight.columns() + " columns, and a Hessian of " + inputs.columns());
        }
        double[] rows = new double[weight.rows()];
        workers.run(rows.length, 1, (from, to) -> {
            double[] product = new double[weight.columns()];
            for (int row = from; row < to; row++) {
                rows[row] = energy(weight, row, inputs, product);
            }
        });
        return Arrays.stream(rows).reduce(0, Double::sum); // in order
    }

    private static double energy(Matrix weight, int row, Hessian inputs, double[] product) {
        int at = weight.at(row);
        Arrays.fill(product, 0);
        for (int i = 0; i < product.length; i++) {
            double[] upper = inputs.upperRow(i);
            double factor = weight.data()[at + i];
            for (int j = 0; j < upper.length; j++) {
                product[i + j] += factor * upper[j];
            }
        }
        double sum = 0;
        double diagonal = 0;
        for (int i = 0; i < product.length; i++) {
            double number = weight.data()[at + i];
            sum += product[i] * number;
            diagonal += number * number * inputs.upperRow(i)[0];
        }
        return 2 * sum - diagonal; // the lower triangle is the upper one mirrored
    }

    /** The values of a weight as the model uses them. */
    public static Matrix decoded(Weight weight, Workers workers) {
        Matrix decoded = Matrix.of(Math.toIntExact(weight.values().rows()), Math.toIntExact(weight.values().columns()));
        workers.run(decoded.rows(), 1, (from, to) -> {
            weight.read(LongStream.range(from, to).toArray(), decoded.data(), decoded.at(from));
        });
        return decoded;
    }
}
