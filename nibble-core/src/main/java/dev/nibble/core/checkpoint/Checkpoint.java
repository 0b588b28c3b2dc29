package dev.nibble.core.checkpoint;

import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.MemoryFaultError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A memory-mapped model file, or the shards of one: named tensors and metadata.
 *
 * <p>
 * Tensor bytes must be read inside {@link #guarded}, because another process may truncate the file at any time.
 */
public interface Checkpoint extends AutoCloseable {
    /** The file, or the directory of the shards. */
    Path path();

    /** {@code safetensors}, {@code gguf} or {@code pytorch}. */
    String format();

    /** The names, in the file's order. */
    Set<String> names();

    /** Codec and shape of a tensor; cheap. @throws IllegalArgumentException if there is no such tensor */
    TensorInfo info(String name);

    /** A view into the file, valid until {@link #close}. @throws IllegalArgumentException if there is no such tensor */
    Tensor tensor(String name);

    /** Byte offset of the tensor's data in its file. */
    long offset(String name);

    /** The file that holds the tensor. @throws IllegalArgumentException if there is no such tensor */
    Path file(String name);

    /** The files in order; one unless sharded. */
    List<Path> files();

    /** The metadata as plain Java values: strings, numbers, booleans, lists. */
    Map<String, Object> metadata();

    /** Warnings, one line each. */
    List<String> warnings();

    /**
     * Checks the files; to be called after all reads and before anything made from them is published.
     *
     * @throws MalformedFileException with code {@code FILE_CHANGED} if one of the files was modified, truncated or replaced since it was
     *                                opened
     */
    void verifyUnchanged() throws IOException;

    @Override
    void close();

    /** Work on mapped bytes. */
    @FunctionalInterface
    interface Work<T, E extends Exception> {
        T run() throws E;
    }

    /**
     * Runs work that reads the mapping of {@code file}. Access to a page beyond the end of a truncated file raises an {@link
     * InternalError}, in Java and in machine code alike; only here it is converted to an exception with code {@code FILE_CHANGED}.
     */
    static <T, E extends Exception> T guarded(Path file, Work<T, E> work) throws E {
        try {
            return work.run();
        } catch (InternalError e) {
            if (!(e instanceof MemoryFaultError) && (e.getMessage() == null || !e.getMessage().contains("unsafe memory access"))) {
                throw e;
            }
            MalformedFileException changed = new MalformedFileException("FILE_CHANGED", file, -1, "",
                    "the file was cut off while it was being read, or its disk failed");
            changed.initCause(e);
            throw changed;
        }
    }
}
