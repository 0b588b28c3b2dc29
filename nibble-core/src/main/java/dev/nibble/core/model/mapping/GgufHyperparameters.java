package dev.nibble.core.model.mapping;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.tensor.Shape;
import dev.nibble.error.MalformedFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The hyper-parameters in a GGUF file, by keys without the architecture's prefix, and the shapes of its tensors.
 *
 * @param prefix name of the architecture
 * @param vector reads a small tensor of the file
 * @param read   the keys asked for so far, without the prefix
 */
public record GgufHyperparameters(Path file, String prefix, GgufMetadata metadata, Map<String, Shape> tensors,
        Function<String, List<Float>> vector, Set<String> read) {
    public GgufHyperparameters(Path file, String prefix, GgufMetadata metadata, Map<String, Shape> tensors,
            Function<String, List<Float>> vector) {
        this(file, prefix, metadata, tensors, vector, ConcurrentHashMap.newKeySet());
    }

    /** The value of a key. */
    public Optional<Object> value(String key) {
        read.add(key);
        return metadata.get(prefix + "." + key);
    }

    /** A required integer. */
    public long whole(String key, long min, long max) {
        return optionalWhole(key, min, max).orElseThrow(() -> wrong("_MISSING", key, "is missing"));
    }

    public Optional<Long> optionalWhole(String key, long min, long max) {
        Optional<Object> found = value(key);
        Optional<Long> value = found.filter(Long.class::isInstance).map(Long.class::cast).filter(number -> number >= min && number <= max);
        if (found.isPresent() && value.isEmpty()) {
            throw wrong("_RANGE", key, "expected a whole number from " + min + " to " + max + ", found " + found.get());
        }
        return value;
    }

    public OptionalDouble optionalReal(String key, double min, double max) {
        Optional<Object> value = value(key);
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        // the shortest decimal that gives this float: 1e-5 stays 1e-5
        double number = value.get() instanceof Number n ? Double.parseDouble(n.toString()) : Double.NaN;
        if (!(number >= min && number <= max)) {
            throw wrong("_RANGE", key, "expected a number from " + min + " to " + max + ", found " + value.get());
        }
        return OptionalDouble.of(number);
    }

    public double real(String key, double min, double max) {
        return optionalReal(key, min, max).orElseThrow(() -> wrong("_MISSING", key, "is missing"));
    }

    public Optional<String> text(String key) {
        return value(key).filter(String.class::isInstance).map(String.class::cast);
    }

    public boolean flag(String key, boolean otherwise) {
        return value(key).map(Boolean.TRUE::equals).orElse(otherwise);
    }

    public boolean has(String tensor) {
        return tensors.containsKey(tensor);
    }

    /** Rows of the token embedding. */
    public long vocabulary() {
        Shape shape = tensors.get(TensorName.TOKEN_EMBEDDING);
        if (shape == null) {
            throw new MalformedFileException("TENSOR_MISSING", file, -1, TensorName.TOKEN_EMBEDDING, "is missing");
        }
        return shape.rows();
    }

    private MalformedFileException wrong(String code, String key, String reason) {
        return new MalformedFileException("CONFIG" + code, file, -1, prefix + "." + key, reason);
    }
}
