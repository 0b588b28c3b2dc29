package dev.nibble.core.conversion;

import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A stored tensor under another name. */
record CopiedSource(TensorInfo info, Tensor stored) implements TensorSource {
    CopiedSource(String name, Tensor stored) {
        this(new TensorInfo(name, stored.codec(), stored.shape()), stored);
    }

    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Sources.check(info, firstRow, rows, target, from);
        int columns = (int) stored.columns();
        for (int row = 0; row < rows; row++) {
            stored.decode(firstRow + row, 0, target, from + row * columns, columns);
        }
    }

    @Override
    public Optional<Tensor> raw() {
        return Optional.of(stored);
    }

    @Override
    public Optional<MemorySegment> rawRow(long row) {
        return Optional.of(stored.data().asSlice(row * stored.rowBytes(), stored.rowBytes()));
    }
}
