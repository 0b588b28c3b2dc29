package dev.nibble.core.model.oracle;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/** Formulas on double vectors. */
final class Arithmetic {
    private Arithmetic() {}

    static double[] multiply(double[][] matrix, double[] x) {
        double[] y = new double[matrix.length];
        for (int r = 0; r < matrix.length; r++) {
            if (matrix[r].length != x.length) {
                throw new IllegalStateException(matrix[r].length + " columns, " + x.length + " values");
            }
            for (int c = 0; c < x.length; c++) {
                y[r] += matrix[r][c] * x[c];
            }
        }
        return y;
    }

    static double[][] transpose(double[][] matrix) {
        double[][] result = new double[matrix[0].length][matrix.length];
        for (int r = 0; r < matrix.length; r++) {
            for (int c = 0; c < matrix[r].length; c++) {
                result[c][r] = matrix[r][c];
            }
        }
        return result;
    }

    static double[] add(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < a.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    static double[][] add(double[][] a, double[][] b) {
        double[][] sum = new double[a.length][];
        for (int t = 0; t < a.length; t++) {
            sum[t] = add(a[t], b[t]);
        }
        return sum;
    }

    static double[] product(double[] a, double[] b) {
        double[] result = a.clone();
        for (int i = 0; i < a.length; i++) {
            result[i] *= b[i];
        }
        return result;
    }

    static double[] scaled(double[] a, double factor) {
        return map(a, x -> x * factor);
    }

    static double[] map(double[] a, DoubleUnaryOperator f) {
        return Arrays.stream(a).map(f).toArray();
    }

    static double[][] each(double[][] rows, UnaryOperator<double[]> f) {
        double[][] result = new double[rows.length][];
        for (int t = 0; t < rows.length; t++) {
            result[t] = f.apply(rows[t]);
        }
        return result;
    }

    /** Columns {@code from} to {@code from + size} of every row. */
    static double[][] columns(double[][] rows, int from, int size) {
        return each(rows, row -> Arrays.copyOfRange(row, from, from + size));
    }

    static double[] normalized(double[] x, double eps, double[] weight, double[] offset) {
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + eps) * weight[i] + offset[i];
        }
        return y;
    }

    static double[] softmax(double[] x) {
        double largest = Arrays.stream(x).max().orElseThrow();
        double[] e = map(x, v -> Math.exp(v - largest));
        double sum = Arrays.stream(e).sum();
        return scaled(e, 1 / sum);
    }

    /** An entry of transformers' ACT2FN. */
    static DoubleUnaryOperator activation(String name) {
        return switch (name) {
            case "silu", "swish" -> x -> x / (1 + Math.exp(-x));
            case "relu" -> x -> x > 0 ? x : 0;
            case "gelu" -> x -> x / 2 * (1 + erf(x / Math.sqrt(2)));
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" ->
                x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            default -> throw new IllegalStateException(name);
        };
    }

    /** erf(x) = 2/sqrt(pi) e^(-x^2) sum over n of 2^n x^(2n+1) / (1 3 5 … (2n+1)): no cancellation. */
    static double erf(double x) {
        if (Math.abs(x) > 6) {
            return Math.signum(x);
        }
        double term = x;
        double sum = 0;
        for (int n = 0; n < 300; n++) {
            sum += term;
            term *= 2 * x * x / (2 * n + 3);
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
