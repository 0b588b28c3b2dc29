package dev.nibble.core.job;

import dev.nibble.core.layout.ModelFiles;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** A model whose quantized weights can be written in another layout unchanged, under the names of a Hugging Face directory. */
sealed interface TranscodableModel extends AutoCloseable permits TranscodableDirectory, TranscodableGguf {
    /** Weights that stay quantized: names with {@code .weight}, target codecs. */
    List<TensorInfo> weights();

    /** All other tensors, in plain types. */
    List<TensorInfo> others();

    /** Whether groups of columns may be scattered (act-order). */
    boolean isReordered();

    /** One of {@link #weights}. @throws UnsupportedException if it has no exact form */
    Weight weight(String name, Arena arena);

    /** Writes one of {@link #others}, some rows at a time, in order. */
    void other(String name, Chunks chunks) throws IOException;

    /** Receives the bytes of a tensor. */
    @FunctionalInterface
    interface Chunks {
        /** @param offset offset of the first byte in the tensor */
        void write(long offset, MemorySegment bytes) throws IOException;
    }

    /** config.json and the tokenizer. */
    ModelFiles files() throws IOException;

    /** Parts of the model that cannot be written, one line each. */
    List<String> warnings();

    void verifyUnchanged() throws IOException;

    /**
     * Compares every value of a written directory with this model's, bit by bit.
     *
     * @return one certificate per quantized weight
     * @throws UnsupportedException naming the first tensor that differs
     */
    List<TranscodingJob.Certificate> compare(Path directory) throws IOException;

    @Override
    void close();
}
