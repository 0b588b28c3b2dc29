package dev.nibble.core.quantization;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.safetensors.Safetensors;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Tensor;
import java.io.IOException;

/** A layer of a real model, the Hessian of real inputs, and AutoGPTQ's result. */
record GoldenLayer(Matrix weight, Hessian hessian) {
    static final int TOKENS = 1024;

    /** @param name {@code q} or {@code down} */
    static GoldenLayer of(String name) throws IOException {
        try (Checkpoint file = Safetensors.open(SharedMaterial.path("golden/checkpoint-layouts/base_" + name + ".safetensors"))) {
            Matrix weight = matrix(file.tensor("weight"));
            Matrix full = matrix(file.tensor("gptq_hessian")); // 2/n · Σ x·xᵀ
            double[] sums = new double[full.data().length];
            for (int i = 0; i < sums.length; i++) {
                sums[i] = full.data()[i] * (TOKENS / 2.0);
            }
            return new GoldenLayer(weight, Layers.hessian(sums, full.columns(), TOKENS));
        }
    }

    static Matrix autoGptq(String file) throws IOException {
        try (Checkpoint golden = Safetensors.open(SharedMaterial.path("golden/checkpoint-layouts/" + file + ".safetensors"))) {
            return matrix(golden.tensor("gptq_dequant_f32"));
        }
    }

    static Matrix matrix(Tensor tensor) {
        Matrix matrix = Matrix.of((int) tensor.rows(), (int) tensor.columns());
        for (int row = 0; row < matrix.rows(); row++) {
            tensor.decode(row, 0, matrix.data(), matrix.at(row), matrix.columns());
        }
        return matrix;
    }
}
