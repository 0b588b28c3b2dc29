package dev.nibble.core.checkpoint;

import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A model file, or the shards of one, memory-mapped: named tensors and the facts stored beside them. */
public interface Checkpoint extends AutoCloseable {
    /** The file, or the directory of the shards. */
    Path path();

    /** {@code safetensors}, {@code gguf} or {@code pytorch}. */
    String format();

    /** The names, in the file's order. */
    Set<String> names();

    /** Codec and shape of a tensor; cheap. @throws IllegalArgumentException if there is none of that name */
    TensorInfo info(String name);

    /** A view into the file, valid until {@link #close}. @throws IllegalArgumentException if there is none of that name */
    Tensor tensor(String name);

    /** Byte offset of the tensor's data in its file. */
    long offset(String name);

    /** Every file behind it, in order; one unless sharded. */
    List<Path> files();

    /** The facts beside the tensors, as plain Java values: strings, numbers, booleans, lists. */
    Map<String, Object> metadata();

    /** What is odd but allowed, one line each. */
    List<String> warnings();

    @Override
    void close();
}
