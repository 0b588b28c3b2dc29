package dev.nibble.core.conversion;

import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Tensors of equal shape, concatenated. */
record StackedSource(TensorInfo info, List<Tensor> parts) implements TensorSource {
    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Sources.check(info, firstRow, rows, target, from);
        int columns = (int) info.shape().columns();
        for (int row = 0; row < rows; row++) {
            part(firstRow + row).decode((firstRow + row) % each(), 0, target, from + row * columns, columns);
        }
    }

    private long each() {
        return parts.getFirst().rows();
    }

    private Tensor part(long row) {
        return parts.get(Math.toIntExact(row / each()));
    }

    @Override
    public Optional<MemorySegment> rawRow(long row) {
        Tensor part = part(Objects.checkIndex(row, info.shape().rows()));
        return part.codec().equals(info.codec())
                ? Optional.of(part.data().asSlice(row % each() * part.rowBytes(), part.rowBytes()))
                : Optional.empty();
    }
}
