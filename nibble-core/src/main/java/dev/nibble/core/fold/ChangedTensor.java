package dev.nibble.core.fold;

import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.tensor.TensorInfo;
import java.lang.ref.SoftReference;
import java.util.List;

/** A tensor with changes applied on reading. One that must be changed as a whole is cached while memory allows. */
public final class ChangedTensor implements TensorSource {
    private final TensorInfo info;
    private final TensorSource original;
    private final List<TensorChange> changes;
    private final boolean whole;
    private SoftReference<float[]> kept = new SoftReference<>(null);

    ChangedTensor(TensorInfo info, TensorSource original, List<TensorChange> changes) {
        this.info = info;
        this.original = original;
        this.changes = List.copyOf(changes);
        this.whole = changes.stream().anyMatch(TensorChange::whole);
    }

    @Override
    public TensorInfo info() {
        return info;
    }

    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        int columns = Math.toIntExact(info.shape().columns());
        if (whole) {
            System.arraycopy(numbers(columns), Math.toIntExact(firstRow * columns), target, from, rows * columns);
        } else {
            original.read(firstRow, rows, target, from);
            changes.forEach(change -> change.apply(target, from, firstRow, rows, columns));
        }
    }

    private synchronized float[] numbers(int columns) {
        float[] known = kept.get();
        if (known == null) {
            int rows = Math.toIntExact(info.shape().rows());
            float[] numbers = new float[Math.multiplyExact(rows, columns)];
            original.read(0, rows, numbers, 0);
            changes.forEach(change -> change.apply(numbers, 0, 0, rows, columns));
            kept = new SoftReference<>(numbers);
            known = numbers;
        }
        return known;
    }
}
