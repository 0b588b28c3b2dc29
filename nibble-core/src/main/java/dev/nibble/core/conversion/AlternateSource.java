package dev.nibble.core.conversion;

import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;

/** Every second element or row of each expert along dimension 1. */
record AlternateSource(TensorInfo info, Tensor stored, int first) implements TensorSource {
    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Sources.check(info, firstRow, rows, target, from);
        int columns = (int) info.shape().columns();
        boolean wholeRows = info.shape().rank() > 2;
        float[] both = new float[wholeRows ? 0 : 2 * columns];
        for (int row = 0; row < rows; row++) {
            if (wholeRows) {
                stored.decode(2 * (firstRow + row) + first, 0, target, from + row * columns, columns);
            } else {
                stored.decode(firstRow + row, 0, both, 0, both.length);
                for (int i = 0; i < columns; i++) {
                    target[from + row * columns + i] = both[2 * i + first];
                }
            }
        }
    }
}
