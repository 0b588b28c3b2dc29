package dev.nibble.core.quantization;

import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * QuIP#: random signs and Hadamard transforms on both sides make a weight resemble Gaussian noise without outliers; then eight columns at a
 * time become points of the E8 lattice, and later columns compensate the error.
 *
 * <pre>
 *   d_i = (Σ x_i² / Σ W_·i²)^¼, balancing large inputs against large weights; in F16
 *   W' = H diag(s_out) · W · diag(d s_in) H        H' = H diag(s_in / d) · Σ x xᵀ · diag(s_in / d) H
 *   points with a scale per row, by LDLQ on W' and H', which is GPTQ with codes for eight values
 *   y = diag(s_out) H · Ŵ' · H diag(s_in / d) · x
 * </pre>
 *
 * The paper has one scale per weight; a scale per row costs next to nothing and keeps weights of low rank from being clipped. Fine-tuning
 * is not done. Tseng et al. 2024, "QuIP#", algorithms 1 and 3. Sides that are not a power of two are transformed in blocks of the largest
 * one that divides them.
 *
 * @param damping λ as a fraction of the mean of the Hessian's diagonal
 * @param headroom factor of scales over those of the least error without feedback; too little clips what the feedback adds
 * @param seed    of the signs
 */
public record Quip(double damping, double headroom, long seed) implements Quantizer {
    private static final double MAX_BALANCE = 1000;

    public static final Quip DEFAULT = new Quip(0.01, 1.25, 1);

    public Quip {
        if (!(damping >= 0 && damping <= 1) || !(headroom > 0 && headroom <= 10)) {
            throw new IllegalArgumentException("damping is " + damping + ", expected 0 to 1; headroom " + headroom + ", expected up to 10");
        }
    }

    @Override
    public String name() {
        return "quip";
    }

    @Override
    public Set<Class<? extends Statistic<?>>> needs() {
        return Set.of(Hessian.class);
    }

    @Override
    public String unsupportedReason(Codec codec) {
        return codec.isForNormalNumbers() ? "" : "it makes points of the E8 lattice; use E8P-G and the length of a row";
    }

    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        Target output = Target.of(this, weight, target, arena);
        SplittableRandom random = new SplittableRandom(seed);
        Hessian seen = inputs.require(Hessian.class, weight.columns(), name());
        seen.requireOneArray(name());
        float[] balance = balance(weight, seen);
        float[] signs = signs(weight.columns(), random);
        Transform.Hadamard inward = hadamard(times(signs, balance));
        Transform.Hadamard outward = hadamard(signs(weight.rows(), random));
        Hessian hessian = transformed(seen, inward, workers);
        Matrix spread = transformed(weight, hadamard(over(signs, balance)), outward, workers);
        int[] order = new int[weight.columns()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        ErrorFeedback feedback = new ErrorFeedback(target, order, false, false, new BlockFit.Headroom(headroom), Importance.EQUAL,
                hessian.diagonal(), InverseFactor.of(hessian, order, damping, workers));
        workers.run(weight.rows(), ErrorFeedback.ROWS, (from, to) -> feedback.encode(spread, from, to, output));
        return new Weight(output.tensor(), List.of(inward), List.of(outward), ActivationQuantization.NONE);
    }

    private static float[] signs(int size, SplittableRandom random) {
        float[] signs = new float[size];
        for (int i = 0; i < size; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
        }
        return signs;
    }

    private static Transform.Hadamard hadamard(float[] signs) {
        return new Transform.Hadamard(Integer.lowestOneBit(signs.length), signs);
    }

    private static float[] times(float[] signs, float[] factors) {
        float[] products = signs.clone();
        for (int i = 0; i < products.length; i++) {
            products[i] *= factors[i];
        }
        return products;
    }

    private static float[] over(float[] signs, float[] divisors) {
        float[] quotients = signs.clone();
        for (int i = 0; i < quotients.length; i++) {
            quotients[i] /= divisors[i];
        }
        return quotients;
    }

    /** 1/d of the class comment, about 1 on average; 1 where there is no input or no weight. */
    private static float[] balance(Matrix weight, Hessian inputs) {
        double[] roots = new double[weight.columns()];
        double logarithms = 0;
        int known = 0;
        double[] squares = inputs.diagonal();
        for (int i = 0; i < roots.length; i++) {
            double norm = 0;
            for (int row = 0; row < weight.rows(); row++) {
                norm += Math.pow(weight.data()[weight.at(row) + i], 2);
            }
            roots[i] = Math.sqrt(Math.sqrt(norm / squares[i]));
            if (roots[i] > 0 && Double.isFinite(roots[i])) {
                logarithms += Math.log(roots[i]);
                known++;
            }
        }
        double mean = Math.exp(logarithms / Math.max(1, known));
        float[] balance = new float[roots.length];
        for (int i = 0; i < roots.length; i++) {
            boolean found = roots[i] > 0 && Double.isFinite(roots[i]);
            double bounded = found ? Math.clamp(roots[i] / mean, 1 / MAX_BALANCE, MAX_BALANCE) : 1;
            balance[i] = ScaleFormat.F16.rounded((float) bounded);
        }
        return balance;
    }

    /** W' of the class comment. */
    private static Matrix transformed(Matrix weight, Transform inward, Transform outward, Workers workers) {
        int rows = weight.rows();
        int columns = weight.columns();
        Matrix result = Matrix.of(rows, columns);
        workers.run(rows, 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                inward.apply(weight.data(), weight.at(row), result.data(), result.at(row));
            }
        });
        workers.run(columns, 1, (from, to) -> {
            float[] column = new float[rows];
            float[] after = new float[rows];
            for (int i = from; i < to; i++) {
                for (int row = 0; row < rows; row++) {
                    column[row] = result.data()[row * columns + i];
                }
                outward.apply(column, 0, after, 0);
                for (int row = 0; row < rows; row++) {
                    result.data()[row * columns + i] = after[row];
                }
            }
        });
        return result;
    }

    /** {@code T · H · Tᵀ}, in float from the double sums. */
    private static Hessian transformed(Hessian hessian, Transform transform, Workers workers) {
        int size = hessian.columns();
        Matrix full = Matrix.of(size, size);
        double mean = Math.max(hessian.rows(), 1);
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                full.data()[i * size + j] = (float) (hessian.sum(i, j) / mean);
            }
        }
        Matrix both = transformed(full, transform, transform, workers);
        return Hessian.ofRows(size, hessian.rows(), i -> {
            double[] row = new double[size - i];
            for (int j = i; j < size; j++) {
                row[j - i] = ((double) both.data()[i * size + j] + both.data()[j * size + i]) / 2 * mean;
            }
            return row;
        });
    }
}
