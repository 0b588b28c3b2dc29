package dev.nibble.core.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The key–value pairs of a GGUF file in order, each with the type it is stored as, so that copying a file changes none. */
public final class GgufMetadata {
    /** How a value is stored; the ordinal is the number in the file. */
    public enum Type {
        U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64
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

    /** A copy that may be changed. */
    public GgufMetadata(GgufMetadata other) {
        values.putAll(other.values);
    }

    /** The pairs in file order; live, not to be changed. */
    public Map<String, Value> values() {
        return java.util.Collections.unmodifiableMap(values);
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

    public GgufMetadata putF32s(String key, float[] value) {
        return put(key, new Value(Type.ARRAY, Type.F32, IntStream.range(0, value.length).mapToObj(i -> (Object) value[i]).toList()));
    }
}
