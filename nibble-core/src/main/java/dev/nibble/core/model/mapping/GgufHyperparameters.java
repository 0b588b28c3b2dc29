package dev.nibble.core.model.mapping;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.tensor.Shape;
import dev.nibble.error.MalformedFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * The hyper-parameters in a GGUF file, by keys without the architecture's prefix, and the shapes of its tensors.
 *
 * @param prefix name of the architecture
 * @param vector reads a small tensor of the file
 */
public record GgufHyperparameters(Path file, String prefix, GgufMetadata metadata, Map<String, Shape> tensors,
        Function<String, List<Float>> vector) {
    /** A required integer. */
    public long whole(String key, long min, long max) {
        return optionalWhole(key, min, max).orElseThrow(() -> wrong("_MISSING", key, "is missing"));
    }

    public Optional<Long> optionalWhole(String key, long min, long max) {
        if (!metadata.has(prefix + "." + key)) {
            return Optional.empty();
        }
        Optional<Long> value = metadata.integer(prefix + "." + key).filter(number -> number >= min && number <= max);
        if (value.isEmpty()) {
            throw wrong("_RANGE", key, "expected a whole number from " + min + " to " + max + ", found "
                    + metadata.get(prefix + "." + key).orElse("nothing"));
        }
        return value;
    }

    public OptionalDouble optionalReal(String key, double min, double max) {
        Optional<Object> value = metadata.get(prefix + "." + key);
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
        return metadata.string(prefix + "." + key);
    }

    public boolean flag(String key, boolean otherwise) {
        return metadata.get(prefix + "." + key).map(Boolean.TRUE::equals).orElse(otherwise);
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
