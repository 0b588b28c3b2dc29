package dev.nibble.core.checkpoint.gguf;

import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.gguf.GgufMetadata.Value;
import dev.nibble.core.checkpoint.io.Utf8;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** Encodes metadata and tensor declarations as GGUF. A value that does not fit its type is refused with its key. */
final class GgufEncoder {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    byte[] bytes() {
        return bytes.toByteArray();
    }

    int size() {
        return bytes.size();
    }

    void raw(byte[] raw) {
        bytes.writeBytes(raw);
    }

    void littleEndian(long number, int count) {
        for (int i = 0; i < count; i++) {
            bytes.write((int) (number >>> (8 * i)));
        }
    }

    void string(String text) {
        byte[] encoded = Utf8.encode(text);
        littleEndian(encoded.length, 8);
        raw(encoded);
    }

    void key(String key) {
        if (key.isEmpty() || Utf8.encode(key).length > Limits.GGUF_KEY_BYTES) {
            throw new IllegalArgumentException("a GGUF key has 1 to " + Limits.GGUF_KEY_BYTES + " bytes, not so " + key);
        }
        string(key);
    }

    /** Writes the type and the value. */
    void value(String key, Value value) {
        littleEndian(value.type().number(), 4);
        if (value.type() != GgufMetadata.Type.ARRAY) {
            element(key, value.type(), value.value());
            return;
        }
        if (value.element() == GgufMetadata.Type.ARRAY || !(value.value() instanceof List<?> list)) {
            throw unsuitable(key, value.type(), value.value());
        }
        littleEndian(value.element().number(), 4);
        littleEndian(list.size(), 8);
        if (list instanceof GgufArray array && array.element() == value.element()) {
            raw(array.bytes());
        } else {
            list.forEach(element -> element(key, value.element(), element));
        }
    }

    private void element(String key, GgufMetadata.Type type, Object value) {
        switch (type) {
            case STRING -> string(as(String.class, key, type, value));
            case BOOL -> littleEndian(as(Boolean.class, key, type, value) ? 1 : 0, 1);
            case F32 -> littleEndian(Float.floatToRawIntBits(as(Float.class, key, type, value)), 4);
            case F64 -> littleEndian(Double.doubleToRawLongBits(as(Double.class, key, type, value)), 8);
            case U8, I8, U16, I16, U32, I32, U64, I64 -> integer(key, type, as(Long.class, key, type, value));
            case ARRAY -> throw unsuitable(key, type, value);
        }
    }

    private void integer(String key, GgufMetadata.Type type, long value) {
        int bits = 8 * type.bytes();
        boolean fits = switch (type) {
            case U8, U16, U32 -> value >>> bits == 0;
            case I8, I16, I32 -> value >> (bits - 1) == 0 || value >> (bits - 1) == -1;
            default -> true;
        };
        if (!fits) {
            throw unsuitable(key, type, value);
        }
        littleEndian(value, type.bytes());
    }

    private static <T> T as(Class<T> wanted, String key, GgufMetadata.Type type, Object value) {
        if (!wanted.isInstance(value)) {
            throw unsuitable(key, type, value);
        }
        return wanted.cast(value);
    }

    private static IllegalArgumentException unsuitable(String key, GgufMetadata.Type type, Object value) {
        return new IllegalArgumentException("key " + key + ": " + value + " cannot be stored as " + type);
    }
}
