package dev.nibble.core.quantization;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.util.Set;

/**
 * AQLM: eight inputs of a row are approximated by a sum of vectors from codebooks learned for the weight. Codes are searched by beam,
 * codebooks optimized by conjugate gradients and scales solved for in alternation, each minimizing the change of the layer's output.
 *
 * <pre>
 *   Σ over rows  (w − ŵ) · (H + λI) · (w − ŵ)ᵀ   → min;   ŵ = scale × Σ vectors
 * </pre>
 *
 * Initialized by residual k-means of rows divided by their root mean square. Layer by layer only: the paper's fine-tuning of whole blocks
 * is not done. Egiazarian et al. 2024, "AQLM", section 3. Work of one turn, for R × C weights and codebooks of K vectors: {@code
 * R·C·K·(beam·books − beam + 1)} for the codes and {@code steps·R·C²} for the codebooks: a day for codebooks of 16 bits, minutes for 8
 * bits.
 *
 * @param turns alternations over codes, codebooks and scales
 * @param steps of conjugate gradients per turn
 * @param beam  partial sums kept in the code search
 * @param seed  of k-means
 */
public record Aqlm(int turns, int steps, int beam, long seed) implements Quantizer {
    public static final Aqlm DEFAULT = new Aqlm(6, 12, 8, 1);

    public Aqlm {
        if (turns < 0 || steps < 0 || beam < 1 || beam > 64) {
            throw new IllegalArgumentException(turns + " turns of " + steps + " steps, a beam of " + beam);
        }
    }

    @Override
    public String name() {
        return "aqlm";
    }

    @Override
    public Set<Class<? extends Statistic<?>>> needs() {
        return Set.of(Hessian.class);
    }

    @Override
    public String unsupportedReason(Codec codec) {
        return codec.learned().isPresent() ? "" : "it learns codebooks; use AQLM-2x8-G and the length of a row";
    }

    /** @param target gives the shape; its vectors are learned anew; a group must be a whole row */
    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        Target.check(this, weight, target);
        AdditiveCodes shape = (AdditiveCodes) target;
        if (shape.blockSize() != weight.columns()) {
            throw new UnsupportedException("aqlm needs one scale per row of " + weight.columns() + ", and " + target.name()
                    + " has one for " + shape.blockSize());
        }
        Hessian hessian = inputs.require(Hessian.class, weight.columns(), name());
        AdditiveFit fit = new AdditiveFit(weight, shape, hessian, beam, workers);
        fit.start(seed);
        for (int turn = 0; turn < turns; turn++) {
            fit.searchCodes();
            fit.fitVectors(steps);
            fit.solveScales();
        }
        AdditiveCodes learned = fit.roundVectors();
        fit.searchCodes();
        Target output = Target.of(this, weight, learned, arena);
        fit.write(output);
        return Weight.of(new Tensor(learned, output.tensor().shape(), output.data()));
    }
}
