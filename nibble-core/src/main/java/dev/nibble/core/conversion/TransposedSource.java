package dev.nibble.core.conversion;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;

/** A transposed matrix. Reading many rows at once is cheapest: every call scans all rows of the source. */
record TransposedSource(TensorInfo info, Tensor stored) implements TensorSource {
    TransposedSource(String name, Tensor stored) {
        this(new TensorInfo(name, Plain.F32, Shape.of(stored.columns(), stored.rows())), stored);
    }

    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Sources.check(info, firstRow, rows, target, from);
        int block = stored.codec().blockSize();
        long firstColumn = firstRow / block * block;
        int skipped = (int) (firstRow - firstColumn);
        int count = Math.ceilDiv(skipped + rows, block) * block;
        float[] part = new float[count];
        int columns = (int) stored.rows();
        for (int column = 0; column < columns; column++) {
            stored.decode(column, firstColumn, part, 0, count);
            for (int row = 0; row < rows; row++) {
                target[from + row * columns + column] = part[skipped + row];
            }
        }
    }
}
