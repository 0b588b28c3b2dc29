package dev.nibble.core.model.oracle;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * The weights of a tiny model: each tensor is drawn at an oracle's first access, from the seed and its name alone, rounded to the file's
 * type. The checkpoint contains exactly the accessed tensors.
 */
final class RandomTensors {
    /** One tensor as the file holds it; rows of {@code values} are the last dimension. */
    record Drawn(int[] shape, float[] values) {}

    private final Map<String, Drawn> drawn = new LinkedHashMap<>();
    private final long seed;
    private final boolean bfloat16;

    RandomTensors(long seed, boolean bfloat16) {
        this.seed = seed;
        this.bfloat16 = bfloat16;
    }

    Map<String, Drawn> all() {
        return drawn;
    }

    boolean bfloat16() {
        return bfloat16;
    }

    /** Matrix [rows][columns] with deviation {@code spread}. */
    double[][] matrix(String name, int rows, int columns, double spread) {
        Drawn tensor = drawn.computeIfAbsent(name, _ -> draw(name, new int[]{rows, columns}, 0, spread));
        double[][] result = new double[rows][columns];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                result[r][c] = tensor.values()[r * columns + c];
            }
        }
        return result;
    }

    /** [blocks][rows][columns] with deviation {@code spread}. */
    double[][][] stack(String name, int blocks, int rows, int columns, double spread) {
        Drawn tensor = drawn.computeIfAbsent(name, _ -> draw(name, new int[]{blocks, rows, columns}, 0, spread));
        double[][][] result = new double[blocks][rows][columns];
        for (int i = 0; i < tensor.values().length; i++) {
            result[i / columns / rows][i / columns % rows][i % columns] = tensor.values()[i];
        }
        return result;
    }

    double[] vector(String name, int size, double mean, double spread) {
        Drawn tensor = drawn.computeIfAbsent(name, _ -> draw(name, new int[]{size}, mean, spread));
        double[] result = new double[size];
        for (int i = 0; i < size; i++) {
            result[i] = tensor.values()[i];
        }
        return result;
    }

    /** torch.nn.Linear: y = W x + b. */
    UnaryOperator<double[]> linear(String name, int in, int out, boolean bias) {
        double[][] weight = matrix(name + ".weight", out, in, 1.3 / Math.sqrt(in));
        double[] offset = bias ? vector(name + ".bias", out, 0, 0.3) : new double[out];
        return x -> Arithmetic.add(Arithmetic.multiply(weight, x), offset);
    }

    /** transformers' Conv1D of GPT-2: y = x W + b with W [in][out]. */
    UnaryOperator<double[]> conv1d(String name, int in, int out) {
        double[][] weight = matrix(name + ".weight", in, out, 1.3 / Math.sqrt(in));
        double[] offset = vector(name + ".bias", out, 0, 0.3);
        return x -> Arithmetic.add(Arithmetic.multiply(Arithmetic.transpose(weight), x), offset);
    }

    /** RMSNorm with weight w + {@code offset} (Gemma stores w - 1). */
    UnaryOperator<double[]> rmsNorm(String name, int size, double eps, double offset) {
        double[] weight = vector(name + ".weight", size, 1 - offset, 0.3);
        return x -> {
            double squares = 0;
            for (double value : x) {
                squares += value * value;
            }
            double scale = 1 / Math.sqrt(squares / size + eps);
            double[] y = new double[size];
            for (int i = 0; i < size; i++) {
                y[i] = x[i] * scale * (offset + weight[i]);
            }
            return y;
        };
    }

    /** torch.nn.LayerNorm. */
    UnaryOperator<double[]> layerNorm(String name, int size, double eps, boolean bias) {
        double[] weight = vector(name + ".weight", size, 1, 0.3);
        double[] offset = bias ? vector(name + ".bias", size, 0, 0.3) : new double[size];
        return x -> Arithmetic.normalized(x, eps, weight, offset);
    }

    private Drawn draw(String name, int[] shape, double mean, double spread) {
        int size = 1;
        for (int dimension : shape) {
            size *= dimension;
        }
        Random random = new Random(seed * 31 + name.hashCode());
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            float value = (float) (mean + spread * random.nextGaussian());
            values[i] = bfloat16 ? Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000) : value;
        }
        return new Drawn(shape, values);
    }
}
