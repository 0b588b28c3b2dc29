package dev.nibble.core.job;

import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.tensor.Shape;
import java.util.List;
import java.util.Optional;

/** Deals out the rows of a list of tensors, in order, a handful at a time; what several workers share. */
final class ChunkQueue {
    /** Numbers in a chunk: small enough to stay in a core's cache, large enough for writing to be cheap. */
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

    /** No more chunks for anyone. */
    synchronized void stop() {
        stopped = true;
    }

    /** How many chunks a tensor is dealt in; none spans two experts, which have importances of their own. */
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
