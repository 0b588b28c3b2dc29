package dev.nibble;

/**
 * What became of one tensor.
 *
 * @param squaredError  Σ (x − x')² over its numbers; 0 if it was copied
 * @param squaredNorm   Σ x²; 0 if it was copied
 * @param flushedBlocks blocks that were not zero and decode to nothing but zeros
 * @param zeroed        NaN and infinite numbers replaced by zero, on request
 */
public record TensorResult(TensorPlan tensor, double squaredError, double squaredNorm, long flushedBlocks, long zeroed) {
    /** √(Σ (x − x')² / Σ x²); 0 for a tensor of zeros. */
    public double relativeRmse() {
        return squaredNorm == 0 ? 0 : Math.sqrt(squaredError / squaredNorm);
    }
}
