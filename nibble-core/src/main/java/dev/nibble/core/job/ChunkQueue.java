package dev.nibble.core.job;

import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** Hands out the rows of a list of tensors in chunks, in order. Thread-safe. */
final class ChunkQueue {
    /** Values in a chunk: few enough for a core's cache, many enough for cheap writes. */
    static final int NUMBERS = 1 << 17;

    /** Rows {@code firstRow} to {@code firstRow + rows} of tensor {@code tensor}; the {@code index}-th chunk of it. */
    record Chunk(int tensor, int index, long firstRow, int rows) {}

    private final List<PlannedTensor> tensors;
    private int tensor;
    private int index;
    private long row;
    private boolean stopped;

    ChunkQueue(List<PlannedTensor> tensors) {
        this.tensors = tensors;
    }

    synchronized Optional<Chunk> next() {
        while (!stopped && tensor < tensors.size()) {
            PlannedTensor current = tensors.get(tensor);
            long rows = current.source().shape().count() == 0 ? 0 : current.source().shape().rows();
            if (row < rows) {
                long left = matrixRows(current) - row % matrixRows(current);
                Chunk chunk = new Chunk(tensor, index++, row, (int) Math.min(rowsInChunk(current), left));
                row += chunk.rows();
                return Optional.of(chunk);
            }
            tensor++;
            index = 0;
            row = 0;
        }
        return Optional.empty();
    }

    /** Ends the queue. */
    synchronized void stop() {
        stopped = true;
    }

    /** Number of chunks of a tensor; none spans two experts, whose importances differ. */
    static int chunks(PlannedTensor tensor) {
        if (tensor.source().shape().count() == 0) {
            return 0;
        }
        long matrices = tensor.source().shape().rows() / matrixRows(tensor);
        return Math.toIntExact(matrices * Math.ceilDiv(matrixRows(tensor), rowsInChunk(tensor)));
    }

    private static long rowsInChunk(PlannedTensor tensor) {
        return Math.max(1, NUMBERS / tensor.source().shape().columns());
    }

    private static long matrixRows(PlannedTensor tensor) {
        Shape shape = tensor.source().shape();
        return shape.rank() < 3 ? shape.rows() : shape.dimension(shape.rank() - 2);
    }
}
