package dev.nibble.core.checkpoint;

import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;

/** A tensor of an open file. */
public interface FileTensor {
    TensorInfo info();

    MappedFile file();

    /** Byte offset of the data in the file. */
    long offset();

    Tensor tensor();

    /** A tensor stored contiguously in the file; its range was checked. */
    record Mapped(TensorInfo info, MappedFile file, long offset) implements FileTensor {
        @Override
        public Tensor tensor() {
            return new Tensor(info.codec(), info.shape(), file.bytes().asSlice(offset, info.bytes()));
        }
    }
}
