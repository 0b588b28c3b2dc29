package dev.nibble.core.job;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.plan.PlannedTensor;
import java.util.Arrays;

/** Collects the results of a tensor's chunks in any order and sums them in the order of the rows. */
final class ResultCollector {
    private final PlannedTensor tensor;
    private final double[] squaredError;
    private final double[] squaredNorm;
    private final long[] flushed;
    private final long[] zeroed;

    ResultCollector(PlannedTensor tensor) {
        this.tensor = tensor;
        int chunks = ChunkQueue.chunks(tensor);
        squaredError = new double[chunks];
        squaredNorm = new double[chunks];
        flushed = new long[chunks];
        zeroed = new long[chunks];
    }

    /** Adds a chunk's result, once, by the worker that made it; workers end before {@link #result} is called. */
    void add(int chunk, ChunkEncoder.Result result) {
        squaredError[chunk] = result.squaredError();
        squaredNorm[chunk] = result.squaredNorm();
        flushed[chunk] = result.flushedBlocks();
        zeroed[chunk] = result.zeroed();
    }

    /** @param writer writer that has all bytes of the tensor */
    EncodingResult result(CheckpointWriter writer) {
        return new EncodingResult(tensor, Arrays.stream(squaredError).sum(), Arrays.stream(squaredNorm).sum(), Arrays.stream(flushed).sum(),
                Arrays.stream(zeroed).sum(), writer.crc32c(tensor.source().name()));
    }
}
