package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.tensor.Codec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The contents of a pickle: plain data and descriptions of tensors. Nothing in it can be executed. */
sealed interface PickleValue {
    /** The string, if it is one. */
    default Optional<String> text() {
        return this instanceof Scalar scalar && scalar.value instanceof String text ? Optional.of(text) : Optional.empty();
    }

    /** The integer, if it is one and fits. */
    default Optional<Long> integer() {
        return this instanceof Scalar scalar && scalar.value instanceof Long number ? Optional.of(number) : Optional.empty();
    }

    /** Text, number, boolean or bytes. */
    record Scalar(Object value) implements PickleValue {}

    /** Python's {@code None}. */
    enum None implements PickleValue {
        NONE
    }

    record Tuple(List<PickleValue> items) implements PickleValue {}

    /** Compared by identity, because it may contain itself. */
    final class Array implements PickleValue {
        final List<PickleValue> items = new ArrayList<>();
    }

    /** Compared by identity, because it may contain itself. Keys are scalars. */
    final class Dictionary implements PickleValue {
        final Map<PickleValue, PickleValue> entries = new LinkedHashMap<>();
        final boolean ordered;

        Dictionary(boolean ordered) {
            this.ordered = ordered;
        }
    }

    /** A name of {@link PickleGlobals}: a Python type or function, by name only. */
    record Global(String module, String name) implements PickleValue {
        @Override
        public String toString() {
            return module + "." + name;
        }
    }

    /** Elements in an entry of the archive. */
    record Storage(String key, Codec codec, long count) implements PickleValue {}

    /**
     * A view into a storage, checked to lie within it.
     *
     * @param start   index of the first element
     * @param strides in elements, one per dimension
     */
    record TensorView(Storage storage, Codec codec, long start, List<Long> shape, List<Long> strides) implements PickleValue {}
}
