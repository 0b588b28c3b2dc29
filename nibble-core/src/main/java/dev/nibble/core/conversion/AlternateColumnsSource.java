package dev.nibble.core.conversion;

import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;

/** Every second column of each expert as rows. Reading many rows at once is cheapest: every call scans all rows of their experts. */
record AlternateColumnsSource(TensorInfo info, Tensor stored, int first, int step) implements TensorSource {
    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Sources.check(info, firstRow, rows, target, from);
        int inputs = (int) info.shape().columns();
        long outputs = info.shape().dimension(1);
        float[] row = new float[(int) stored.columns()];
        for (int i = 0, count; i < rows; i += count) {
            long expert = (firstRow + i) / outputs;
            int output = (int) ((firstRow + i) % outputs);
            count = (int) Math.min(rows - i, outputs - output);
            for (int input = 0; input < inputs; input++) {
                stored.decode(expert * inputs + input, 0, row, 0, row.length);
                for (int k = 0; k < count; k++) {
                    target[from + (i + k) * inputs + input] = row[first + step * (output + k)];
                }
            }
        }
    }
}
