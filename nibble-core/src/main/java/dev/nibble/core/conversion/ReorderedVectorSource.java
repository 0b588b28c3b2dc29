package dev.nibble.core.conversion;

import dev.nibble.core.model.mapping.RowOrder;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;

/** A bias with its elements reordered. */
record ReorderedVectorSource(TensorInfo info, Tensor stored, RowOrder order) implements TensorSource {
    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Sources.check(info, firstRow, rows, target, from);
        if (rows == 0) {
            return;
        }
        int count = (int) stored.columns();
        float[] numbers = new float[count];
        stored.decode(0, 0, numbers, 0, count);
        for (int i = 0; i < count; i++) {
            target[from + i] = numbers[(int) order.source().applyAsLong(i)];
        }
    }
}
