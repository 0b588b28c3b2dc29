package dev.nibble;

import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The files of a model, whatever their format, seen as the tensors and metadata of a GGUF file: to inspect and to quantize. */
public final class ModelFile implements AutoCloseable {
    private final Path path;
    private final ModelSource source;

    private ModelFile(Path path, ModelSource source) {
        this.path = path;
        this.source = source;
    }

    /**
     * Maps the files and reads their headers; weights are read on demand.
     *
     * @param path a GGUF file, a Hugging Face directory, or a weight file in one
     * @throws MalformedFileException if a file is broken
     * @throws UnsupportedException if Nibble does not support the family
     */
    public static ModelFile open(Path path) throws IOException {
        return new ModelFile(path, ModelSource.open(path));
    }

    ModelSource source() {
        return source;
    }

    public Path path() {
        return path;
    }

    /** All weight files. */
    public List<Path> files() {
        return source.files();
    }

    /** The model family by its name in GGUF, such as {@code llama}. */
    public String architecture() {
        return source.facts().prefix();
    }

    /** Number of transformer blocks. */
    public int layers() {
        return fact("block_count");
    }

    /** Context length the model was trained for. */
    public int contextLength() {
        return fact("context_length");
    }

    /** Width of the hidden state. */
    public int hiddenSize() {
        return fact("embedding_length");
    }

    /** Number of tokens in the vocabulary. */
    public int vocabularySize() {
        return Math.toIntExact(source.facts().vocabulary());
    }

    private int fact(String key) {
        GgufHyperparameters facts = source.facts();
        return (int) facts.whole(key, 1, Integer.MAX_VALUE);
    }

    /** Number of values in all tensors. */
    public long parameters() {
        return source.tensors().stream().mapToLong(tensor -> tensor.info().shape().count()).sum();
    }

    /** Size of all tensors, in bytes. */
    public long bytes() {
        return source.tensors().stream().mapToLong(tensor -> tensor.info().bytes()).sum();
    }

    /**
     * A tensor of the model.
     *
     * @param name name in GGUF, such as {@code blk.0.attn_q.weight}
     * @param shape outermost dimension first
     * @param type type of the values, such as {@code BF16} or {@code Q4_K}
     */
    public record Tensor(String name, List<Long> shape, String type, long bytes) {
        public Tensor {
            shape = List.copyOf(shape);
        }
    }

    /** All tensors, in the order of the GGUF file. */
    public List<Tensor> tensors() {
        return source.tensors().stream().map(TensorSource::info)
                .map(info -> new Tensor(info.name(), info.shape().dimensions(), info.codec().name(), info.bytes())).toList();
    }

    /**
     * The decoded values of a tensor, row by row.
     *
     * @throws IllegalArgumentException if there is no such tensor
     */
    public float[] values(String tensor) {
        TensorSource found = source.tensors().stream().filter(one -> one.info().name().equals(tensor)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(path + " has no tensor " + tensor));
        float[] values = new float[Math.toIntExact(found.info().shape().count())];
        found.read(0, Math.toIntExact(found.info().shape().rows()), values, 0);
        return values;
    }

    /** Warnings about the files, one line each. */
    public List<String> warnings() {
        return source.warnings();
    }

    @Override
    public void close() {
        source.close();
    }
}
