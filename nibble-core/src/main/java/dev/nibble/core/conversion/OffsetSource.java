package dev.nibble.core.conversion;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;

/** The tensor plus a constant, as F32. */
record OffsetSource(TensorInfo info, Tensor stored, float addend) implements TensorSource {
    OffsetSource(String name, Tensor stored, float addend) {
        this(new TensorInfo(name, Plain.F32, stored.shape()), stored, addend);
    }

    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Sources.check(info, firstRow, rows, target, from);
        int columns = (int) stored.columns();
        for (int row = 0; row < rows; row++) {
            stored.decode(firstRow + row, 0, target, from + row * columns, columns);
        }
        if (addend != 0) { // adding 0 would make +0 of −0
            for (int i = from; i < from + rows * columns; i++) {
                target[i] += addend;
            }
        }
    }
}
