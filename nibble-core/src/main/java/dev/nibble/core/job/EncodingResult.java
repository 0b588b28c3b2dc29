package dev.nibble.core.job;

import dev.nibble.TensorResult;
import dev.nibble.core.plan.PlannedTensor;

/**
 * Result of encoding one tensor.
 *
 * @param squaredError Σ (x − x')² over its values; 0 if it was copied
 * @param squaredNorm Σ x²; 0 if it was copied
 * @param flushedBlocks nonzero blocks that decode to zeros only
 * @param zeroed NaN and infinite values replaced by zero on request
 * @param crc32c checksum of the written bytes
 */
record EncodingResult(PlannedTensor tensor, double squaredError, double squaredNorm, long flushedBlocks, long zeroed, int crc32c) {
    /** The result as reports show it. */
    TensorResult result() {
        return new TensorResult(tensor.described(), squaredError, squaredNorm, flushedBlocks, zeroed);
    }
}
