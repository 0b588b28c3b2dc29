package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Workers;
import dev.nibble.core.linalg.Cholesky;
import java.util.Optional;

/**
 * U of {@code (H + λI)⁻¹ = Uᵀ · U}, what GPTQ feeds errors back with: row {@code k} from column {@code k} on, in float.
 *
 * @param damping λ as a fraction of the mean of H's diagonal, as it was in the end
 */
record InverseFactor(float[][] rows, double damping) {
    private static final double LEAST = 1e-6;
    private static final double GROWTH = 4;
    private static final double MOST = 100;

    /**
     * Columns without any input stand for themselves. Where the matrix is singular in spite of the damping, the damping grows fourfold until
     * it is not.
     *
     * @param order H's rows and columns are taken in this order
     */
    static InverseFactor of(Hessian hessian, int[] order, double damping, Workers workers) {
        int size = hessian.columns();
        double[] matrix = hessian.meanInOrder(order);
        double mean = prepareDiagonal(matrix, size);
        double[] diagonal = new double[size];
        for (int i = 0; i < size; i++) {
            diagonal[i] = matrix[i * size + i];
        }
        for (double share = damping; share <= MOST; share = Math.max(share, LEAST) * GROWTH) {
            for (int i = 0; i < size; i++) {
                matrix[i * size + i] = diagonal[i] + share * mean;
            }
            Optional<double[]> upper = Cholesky.upperFactorOfInverse(matrix, size, workers);
            if (upper.isPresent()) {
                return new InverseFactor(triangle(upper.get(), size), share);
            }
        }
        throw new IllegalArgumentException("the Hessian is not positive definite, even with " + MOST
                + " times the mean of its diagonal added: these are no sums of inputs");
    }

    /** Gives columns without input a 1. @return the mean of the diagonal */
    private static double prepareDiagonal(double[] matrix, int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            if (matrix[i * size + i] < 0) {
                throw new IllegalArgumentException(
                        "the Hessian has " + matrix[i * size + i] + " on its diagonal: these are no sums of inputs");
            }
            if (matrix[i * size + i] == 0) {
                matrix[i * size + i] = 1;
            }
            sum += matrix[i * size + i];
        }
        return sum / size;
    }

    private static float[][] triangle(double[] upper, int size) {
        float[][] rows = new float[size][];
        for (int k = 0; k < size; k++) {
            rows[k] = new float[size - k];
            for (int j = k; j < size; j++) {
                rows[k][j - k] = (float) upper[k * size + j];
            }
        }
        return rows;
    }
}
