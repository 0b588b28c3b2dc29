package dev.nibble.core.job;

import dev.nibble.TensorResult;
import dev.nibble.core.plan.PlannedTensor;

/**
 * What became of one tensor.
 *
 * @param squaredError  Σ (x − x')² over its numbers; 0 if it was copied
 * @param squaredNorm   Σ x²; 0 if it was copied
 * @param flushedBlocks blocks that were not zero and decode to nothing but zeros
 * @param zeroed        NaN and infinite numbers replaced by zero, on request
 * @param crc32c        checksum of the written bytes
 */
record EncodingResult(PlannedTensor tensor, double squaredError, double squaredNorm, long flushedBlocks, long zeroed, int crc32c) {
    /** The same for a report. */
    TensorResult result() {
        return new TensorResult(tensor.described(), squaredError, squaredNorm, flushedBlocks, zeroed);
    }
}
