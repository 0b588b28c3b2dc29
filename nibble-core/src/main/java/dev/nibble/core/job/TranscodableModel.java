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

/** A model whose quantized weights can go into another layout as they are, under the names of a Hugging Face directory. */
sealed interface TranscodableModel extends AutoCloseable permits TranscodableDirectory, TranscodableGguf {
    /** The weights that stay quantized: names with {@code .weight}, codecs as they will be. */
    List<TensorInfo> weights();

    /** All others, in codecs of plain numbers. */
    List<TensorInfo> others();

    /** Whether groups of columns may be scattered (act-order). */
    boolean isReordered();

    /** One of {@link #weights}. @throws UnsupportedException if it cannot be moved exactly */
    Weight weight(String name, Arena arena);

    /** Hands over one of {@link #others}, some rows at a time, in their order. */
    void other(String name, Pieces pieces) throws IOException;

    /** Takes the bytes of a tensor. */
    @FunctionalInterface
    interface Pieces {
        /** @param offset in the tensor, of the first byte */
        void write(long offset, MemorySegment bytes) throws IOException;
    }

    /** config.json and the tokenizer. */
    ModelFiles files() throws IOException;

    /** What could not be taken along, one line each. */
    List<String> warnings();

    void verifyUnchanged() throws IOException;

    /**
     * Compares every number of a written directory with this model's, bit by bit.
     *
     * @return for every weight that is quantized here
     * @throws UnsupportedException naming the first tensor that differs
     */
    List<TranscodingJob.Certificate> compare(Path directory) throws IOException;

    @Override
    void close();
}
