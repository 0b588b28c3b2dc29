package dev.nibble;

/**
 * Result of one tensor.
 *
 * @param squaredError Σ (x − x')² over its values; 0 if it was copied
 * @param squaredNorm Σ x²; 0 if it was copied
 * @param flushedBlocks nonzero blocks that decode to zeros only
 * @param zeroed NaN and infinite values replaced by zero on request
 */
public record TensorResult(TensorPlan tensor, double squaredError, double squaredNorm, long flushedBlocks, long zeroed) {
    /** √(Σ (x − x')² / Σ x²); 0 for a tensor of zeros. */
    public double relativeRmse() {
        return squaredNorm == 0 ? 0 : Math.sqrt(squaredError / squaredNorm);
    }
}
