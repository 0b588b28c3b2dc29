package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Workers;
import dev.nibble.core.linalg.Cholesky;
import dev.nibble.error.UnsupportedException;
import java.util.Optional;

/**
 * U of {@code (H + λI)⁻¹ = Uᵀ · U}, GPTQ's error feedback: row {@code k} from column {@code k} on, in float.
 *
 * @param damping the λ that was needed, as a fraction of the mean of H's diagonal
 */
record InverseFactor(float[][] rows, double damping) {
    private static final double MIN_DAMPING = 1e-6;
    private static final double GROWTH = 4;
    private static final double MAX_DAMPING = 100;

    /**
     * Columns without any input get a unit diagonal. If the matrix is singular in spite of the damping, the damping grows fourfold until it
     * is not.
     *
     * @param order order of H's rows and columns
     */
    static InverseFactor of(Hessian hessian, int[] order, double damping, Workers workers) {
        int size = hessian.columns();
        double divisor = Math.max(hessian.rows(), 1);
        double[] diagonal = new double[size];
        for (int i = 0; i < size; i++) {
            diagonal[i] = hessian.sum(order[i], order[i]) / divisor;
        }
        double mean = prepare(diagonal);
        for (double share = damping; share <= MAX_DAMPING; share = Math.max(share, MIN_DAMPING) * GROWTH) {
            double added = share * mean;
            Optional<double[][]> upper = Cholesky.upperFactorOfInverse(size,
                    (i, j) -> i == j ? diagonal[i] + added : hessian.sum(order[i], order[j]) / divisor, workers);
            if (upper.isPresent()) {
                return new InverseFactor(floats(upper.get()), share);
            }
        }
        throw new UnsupportedException("the Hessian is not positive definite, even with " + MAX_DAMPING
                + " times the mean of its diagonal added: these are no sums of inputs");
    }

    /** Sets the diagonal of columns without input to 1. @return mean of the diagonal */
    private static double prepare(double[] diagonal) {
        double sum = 0;
        for (int i = 0; i < diagonal.length; i++) {
            if (diagonal[i] < 0) {
                throw new UnsupportedException("the Hessian has " + diagonal[i] + " on its diagonal: these are no sums of inputs");
            }
            if (diagonal[i] == 0) {
                diagonal[i] = 1;
            }
            sum += diagonal[i];
        }
        return sum / diagonal.length;
    }

    /** Converts to float; copied rows are released at once. */
    private static float[][] floats(double[][] upper) {
        float[][] rows = new float[upper.length][];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = new float[upper[k].length];
            for (int j = 0; j < rows[k].length; j++) {
                rows[k][j] = (float) upper[k][j];
            }
            upper[k] = null;
        }
        return rows;
    }
}
