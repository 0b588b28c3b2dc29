package dev.nibble.core.checkpoint.gguf;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The key–value pairs of a GGUF file in order, each with its stored type, so that copying a file changes none. */
public final class GgufMetadata {
    /** The stored type of a value. */
    public enum Type {
        U8(0, 1), I8(1, 1), U16(2, 2), I16(3, 2), U32(4, 4), I32(5, 4), F32(6, 4), BOOL(7, 1), STRING(8, 0), ARRAY(9, 0), U64(10,
                8), I64(11, 8), F64(12, 8);

        private final int number;
        private final int bytes;

        Type(int number, int bytes) {
            this.number = number;
            this.bytes = bytes;
        }

        static Optional<Type> numbered(int number) {
            return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
        }

        /** The type's number in files. */
        int number() {
            return number;
        }

        /** Bytes per value; 0 for strings and arrays, whose length is stored. */
        int bytes() {
            return bytes;
        }
    }

    /**
     * One value.
     *
     * @param element type of an array's elements; equal to {@code type} for everything else
     * @param value   Long for all integers (U64 as its bits), Float, Double, Boolean, String, or a List of those
     */
    public record Value(Type type, Type element, Object value) {}

    private final Map<String, Value> values = new LinkedHashMap<>();

    public GgufMetadata() {}

    /** A modifiable copy. */
    public GgufMetadata(GgufMetadata other) {
        values.putAll(other.values);
    }

    /** The pairs in file order; live, not to be modified. */
    public Map<String, Value> values() {
        return Collections.unmodifiableMap(values);
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    public Optional<Object> get(String key) {
        return Optional.ofNullable(values.get(key)).map(Value::value);
    }

    public Optional<String> string(String key) {
        return get(key).filter(String.class::isInstance).map(String.class::cast);
    }

    public Optional<Long> integer(String key) {
        return get(key).filter(Long.class::isInstance).map(Long.class::cast);
    }

    public GgufMetadata put(String key, Value value) {
        values.put(key, value);
        return this;
    }

    public GgufMetadata remove(String key) {
        values.remove(key);
        return this;
    }

    public GgufMetadata putString(String key, String value) {
        return put(key, new Value(Type.STRING, Type.STRING, value));
    }

    public GgufMetadata putU16(String key, long value) {
        return put(key, new Value(Type.U16, Type.U16, value));
    }

    public GgufMetadata putU32(String key, long value) {
        return put(key, new Value(Type.U32, Type.U32, value));
    }

    public GgufMetadata putI32(String key, long value) {
        return put(key, new Value(Type.I32, Type.I32, value));
    }

    public GgufMetadata putU64(String key, long value) {
        return put(key, new Value(Type.U64, Type.U64, value));
    }

    public GgufMetadata putF32(String key, float value) {
        return put(key, new Value(Type.F32, Type.F32, value));
    }

    public GgufMetadata putBool(String key, boolean value) {
        return put(key, new Value(Type.BOOL, Type.BOOL, value));
    }

    public GgufMetadata putStrings(String key, List<String> value) {
        return put(key, new Value(Type.ARRAY, Type.STRING, List.copyOf(value)));
    }

    public GgufMetadata putI32s(String key, int[] value) {
        return put(key, new Value(Type.ARRAY, Type.I32, IntStream.of(value).mapToObj(i -> (Object) (long) i).toList()));
    }

    public GgufMetadata putBools(String key, List<Boolean> value) {
        return put(key, new Value(Type.ARRAY, Type.BOOL, List.copyOf(value)));
    }

    public GgufMetadata putF32s(String key, float[] value) {
        return put(key, new Value(Type.ARRAY, Type.F32, IntStream.range(0, value.length).mapToObj(i -> (Object) value[i]).toList()));
    }
}
