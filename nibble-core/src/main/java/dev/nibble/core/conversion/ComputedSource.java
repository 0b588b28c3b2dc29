package dev.nibble.core.conversion;

import dev.nibble.core.tensor.TensorInfo;
import java.util.List;

/** Values computed from the configuration. */
record ComputedSource(TensorInfo info, List<Float> numbers) implements TensorSource {
    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Sources.check(info, firstRow, rows, target, from);
        for (int i = 0; i < rows * numbers.size(); i++) {
            target[from + i] = numbers.get(i);
        }
    }
}
