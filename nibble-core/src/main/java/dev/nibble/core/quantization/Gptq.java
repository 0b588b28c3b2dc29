package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * GPTQ: columns are quantized one after the other, and later columns compensate the error of each, so that the layer's output changes
 * least. Works with every codec: a block's scales are fitted to the current values when its first column is reached.
 *
 * <pre>
 *   (H + λI)⁻¹ = Uᵀ · U
 *   for every column k:   e = (w_k − q_k) / U_kk;   w_j ← w_j − e · U_kj   for j > k
 * </pre>
 *
 * Columns whose input was always zero become zero. Memory: {@code 8 · columns²} bytes while the Hessian is factored, half of that
 * afterwards. Frantar et al. 2022, "GPTQ", algorithm 1.
 *
 * @param order    of the columns
 * @param damping  λ as a fraction of the mean of H's diagonal; raised automatically if H is singular
 * @param fit      search for the scales
 * @param weighted whether scales are fitted with the mean squares of the inputs as importance, if the codec uses importance
 */
public record Gptq(ColumnOrder order, double damping, BlockFit fit, boolean weighted) implements Quantizer {
    public static final Gptq DEFAULT = new Gptq(ColumnOrder.NATURAL, 0.01, BlockFit.DEFAULT, true);

    public Gptq {
        if (!(damping >= 0 && damping <= 1)) {
            throw new IllegalArgumentException("damping is " + damping + ", expected 0 to 1");
        }
    }

    public Gptq with(ColumnOrder other) {
        return new Gptq(other, damping, fit, weighted);
    }

    public Gptq withDamping(double other) {
        return new Gptq(order, other, fit, weighted);
    }

    @Override
    public String name() {
        return "gptq";
    }

    @Override
    public Set<Class<? extends Statistic<?>>> needs() {
        return Set.of(Hessian.class);
    }

    @Override
    public Optional<Quantizer> reordered() {
        return Optional.of(with(ColumnOrder.ACTIVATION));
    }

    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        Target output = Target.of(this, weight, target, arena);
        ErrorFeedback feedback = prepare(target, weight.columns(), inputs, workers);
        workers.run(weight.rows(), ErrorFeedback.ROWS, (from, to) -> feedback.encode(weight, from, to, output));
        return new Weight(output.tensor(), transforms(feedback));
    }

    /** Everything that does not depend on the weight. */
    ErrorFeedback prepare(Codec target, int columns, Statistics inputs, Workers workers) {
        Hessian hessian = inputs.require(Hessian.class, columns, name());
        double[] diagonal = hessian.diagonal();
        int[] steps = columnOrder(target).processingOrder(diagonal, target.blockSize());
        boolean stored = order == ColumnOrder.ACTIVATION && !isNatural(steps);
        Importance importance = weighted ? Statistics.of(hessian).importance() : Importance.EQUAL;
        return new ErrorFeedback(target, steps, stored, order == ColumnOrder.STATIC_GROUPS, fit, importance, diagonal,
                InverseFactor.of(hessian, steps, damping, workers));
    }

    /** A code for several values needs them consecutively. */
    private ColumnOrder columnOrder(Codec target) {
        return target.dimension() > 1 && order != ColumnOrder.ACTIVATION ? ColumnOrder.NATURAL : order;
    }

    private static boolean isNatural(int[] steps) {
        for (int i = 0; i < steps.length; i++) {
            if (steps[i] != i) {
                return false;
            }
        }
        return true;
    }

    private static List<Transform> transforms(ErrorFeedback feedback) {
        return feedback.permuted() ? List.of(new Transform.Permutation(feedback.steps())) : List.of();
    }
}
