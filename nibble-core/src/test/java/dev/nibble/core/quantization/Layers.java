package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Random weights, and inputs with correlated columns. */
final class Layers {
    private Layers() {}

    static Matrix weight(int rows, int columns, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Matrix weight = Matrix.of(rows, columns);
        for (int i = 0; i < weight.data().length; i++) {
            weight.data()[i] = (float) (random.nextGaussian() * (random.nextInt(50) == 0 ? 4 : 1) / 10);
        }
        return weight;
    }

    static Matrix inputs(int rows, int columns, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Matrix inputs = Matrix.of(rows, columns);
        for (int row = 0; row < rows; row++) {
            double shared = random.nextGaussian();
            double before = 0;
            for (int i = 0; i < columns; i++) {
                before = 0.7 * before + random.nextGaussian() + 0.5 * shared;
                inputs.data()[inputs.at(row) + i] = (float) (before * (i % 17 == 3 ? 6 : 1));
            }
        }
        return inputs;
    }

    static Hessian hessian(double[] matrix, int columns, long rows) {
        return Hessian.ofRows(columns, rows, i -> Arrays.copyOfRange(matrix, i * columns + i, (i + 1) * columns));
    }

    static Hessian hessian(Matrix inputs) {
        Hessian hessian = new Hessian(inputs.columns());
        try (Workers workers = Workers.of(1)) {
            hessian.observe(inputs, workers);
        }
        return hessian;
    }

    static Weight quantize(Quantizer quantizer, Matrix weight, Codec codec, Hessian inputs, int threads) {
        try (Workers workers = Workers.of(threads)) {
            return quantizer.quantize(weight, codec, Statistics.of(inputs), workers, Arena.ofAuto());
        }
    }

    static double error(Matrix weight, Weight found, Hessian inputs) {
        try (Workers workers = Workers.of(2)) {
            return OutputError.relative(weight, OutputError.decoded(found, workers), inputs, workers);
        }
    }
}
