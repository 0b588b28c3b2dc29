package dev.nibble.core.conversion;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.model.mapping.RowOrder;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/** A matrix with its rows reordered. */
record ReorderedRowsSource(TensorInfo info, Tensor stored, RowOrder order, boolean copies) implements TensorSource {
    ReorderedRowsSource(String name, Tensor stored, RowOrder order, boolean floats) {
        this(new TensorInfo(name, floats ? Plain.F32 : stored.codec(), stored.shape()), stored, order,
                !floats || stored.codec().equals(Plain.F32));
    }

    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Sources.check(info, firstRow, rows, target, from);
        int columns = (int) stored.columns();
        for (int row = 0; row < rows; row++) {
            stored.decode(order.source().applyAsLong(firstRow + row), 0, target, from + row * columns, columns);
        }
    }

    @Override
    public Optional<MemorySegment> rawRow(long row) {
        Objects.checkIndex(row, stored.rows());
        return copies
                ? Optional.of(stored.data().asSlice(order.source().applyAsLong(row) * stored.rowBytes(), stored.rowBytes()))
                : Optional.empty();
    }
}
