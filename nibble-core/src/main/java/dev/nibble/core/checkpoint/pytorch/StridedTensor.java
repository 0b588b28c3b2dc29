package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.checkpoint.FileTensor;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.checkpoint.pytorch.PickleValue.TensorView;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;

/** A strided view into a storage. Contiguous rows are used in place; anything else is copied once, on request. */
final class StridedTensor implements FileTensor {
    private final TensorInfo info;
    private final MappedFile file;
    private final long storageOffset;
    private final TensorView view;
    private final AtomicReference<MemorySegment> ordered = new AtomicReference<>();

    /** @param storageOffset of the storage in the file */
    StridedTensor(String name, TensorView view, MappedFile file, long storageOffset) {
        this.info = new TensorInfo(name, view.codec(), new Shape(view.shape()));
        this.file = file;
        this.storageOffset = storageOffset;
        this.view = view;
    }

    @Override
    public TensorInfo info() {
        return info;
    }

    @Override
    public MappedFile file() {
        return file;
    }

    @Override
    public long offset() {
        return storageOffset + view.start() * view.codec().blockBytes();
    }

    @Override
    public Tensor tensor() {
        if (isInOrder()) {
            return new Tensor(info.codec(), info.shape(), file.bytes().asSlice(offset(), info.bytes()));
        }
        synchronized (ordered) {
            if (ordered.get() == null) {
                MemorySegment target = file.arena().allocate(info.bytes());
                copy(0, offset(), target, 0);
                ordered.set(target.asReadOnly());
            }
            return new Tensor(info.codec(), info.shape(), ordered.get());
        }
    }

    private boolean isInOrder() {
        long expected = 1;
        for (int i = view.shape().size() - 1; i >= 0; i--) {
            long size = view.shape().get(i);
            if (size > 1 && view.strides().get(i) != expected) {
                return info.shape().count() == 0;
            }
            expected *= Math.max(size, 1);
        }
        return true;
    }

    /** Copies dimension {@code dimension} and the inner ones. @return bytes of {@code target} that are filled */
    private long copy(int dimension, long from, MemorySegment target, long to) {
        long itemBytes = view.codec().blockBytes();
        if (dimension == view.shape().size()) {
            MemorySegment.copy(file.bytes(), from, target, to, itemBytes);
            return to + itemBytes;
        }
        long size = view.shape().get(dimension);
        long stride = view.strides().get(dimension) * itemBytes;
        if (dimension == view.shape().size() - 1 && stride == itemBytes) {
            MemorySegment.copy(file.bytes(), from, target, to, size * itemBytes);
            return to + size * itemBytes;
        }
        long filled = to;
        for (long i = 0; i < size; i++) {
            filled = copy(dimension + 1, from + i * stride, target, filled);
        }
        return filled;
    }
}
