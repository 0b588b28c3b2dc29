package dev.nibble.core.fold;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.StoredTensor;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.model.mapping.TensorMapping;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.lang.ref.SoftReference;

/**
 * A tensor of a Hugging Face directory restored from the corresponding GGUF tensor, with the directory's name and order of rows. If rows
 * are reordered, all values are cached while memory allows.
 */
final class RestoredTensor implements TensorSource {
    private final TensorInfo info;
    private final StoredTensor stored;
    private final TensorSource gguf;
    private SoftReference<TensorSource> kept = new SoftReference<>(null);

    RestoredTensor(StoredTensor stored, TensorSource gguf) {
        this.info = new TensorInfo(stored.name(), Plain.F32, stored.rule().sourceShape());
        this.stored = stored;
        this.gguf = gguf;
    }

    @Override
    public TensorInfo info() {
        return info;
    }

    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        (stored.rule().mapping() instanceof TensorMapping.Same ? gguf : restored()).read(firstRow, rows, target, from);
    }

    private synchronized TensorSource restored() {
        TensorSource known = kept.get();
        if (known == null) {
            float[] numbers = gguf.readAll();
            MemorySegment bytes = MemorySegment.ofArray(new float[numbers.length]);
            Plain.F32.encode(numbers, 0, numbers.length, Importance.EQUAL, bytes, 0);
            known = stored.restored(new Tensor(Plain.F32, gguf.info().shape(), bytes));
            kept = new SoftReference<>(known);
        }
        return known;
    }
}
