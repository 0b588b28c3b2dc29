package dev.nibble.core.checkpoint.gguf;

import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.gguf.GgufMetadata.Value;
import dev.nibble.core.checkpoint.io.ByteReader;
import dev.nibble.core.checkpoint.io.Utf8;
import java.nio.charset.StandardCharsets;

/** Reads the key–value pairs of a GGUF file: {@code u64 length, key, u32 type, value}. */
final class GgufKeyValues {
    private final ByteReader reader;

    GgufKeyValues(ByteReader reader) {
        this.reader = reader;
    }

    GgufMetadata read(long count) {
        GgufMetadata metadata = new GgufMetadata();
        for (long i = 0; i < count; i++) {
            long start = reader.position();
            String key = key();
            if (metadata.has(key)) {
                throw reader.errorAt(start, "DUPLICATE_KEY", key, "there is a key of this name already");
            }
            metadata.put(key, value(key));
        }
        return metadata;
    }

    private String key() {
        long start = reader.position();
        long length = reader.count("length of key", "", Limits.GGUF_KEY_BYTES, 1, "KEY_LENGTH", "KEY_LENGTH");
        if (length == 0) {
            throw reader.errorAt(start, "KEY_LENGTH", "", "a key must not be empty");
        }
        String key = text(start + 8, reader.bytes(length, "key"), "");
        if (key.chars().anyMatch(c -> Character.getType(c) == Character.CONTROL)) {
            throw reader.errorAt(start, "KEY_INVALID", key, "a key must not have control characters");
        }
        return key;
    }

    private Value value(String key) {
        GgufMetadata.Type type = type(key);
        if (type != GgufMetadata.Type.ARRAY) {
            return new Value(type, type, type == GgufMetadata.Type.STRING ? string(key) : number(type, key));
        }
        GgufMetadata.Type element = type(key);
        if (element == GgufMetadata.Type.ARRAY) {
            throw reader.errorAt(reader.position() - 4, "BAD_TYPE", key, "arrays of arrays are not allowed");
        }
        return new Value(GgufMetadata.Type.ARRAY, element, element == GgufMetadata.Type.STRING ? strings(key) : numbers(element, key));
    }

    private GgufMetadata.Type type(String key) {
        int number = reader.i32("type of value");
        return GgufMetadata.Type.numbered(number).orElseThrow(() -> reader.errorAt(reader.position() - 4, "BAD_TYPE", key,
                "there is no value type " + Integer.toUnsignedString(number)));
    }

    private String string(String key) {
        long length = reader.count("length of string", key, Limits.GGUF_STRING_BYTES, 1, "STRING_TOO_LONG", "STRING_PAST_END");
        long start = reader.position();
        return text(start, reader.bytes(length, "string"), key);
    }

    private String text(long start, byte[] bytes, String entity) {
        int malformed = Utf8.malformedAt(bytes);
        if (malformed >= 0) {
            throw reader.errorAt(start + malformed, "NOT_UTF8", entity, "not UTF-8 text");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Object number(GgufMetadata.Type type, String key) {
        byte[] bytes = reader.bytes(type.bytes(), "value of " + key);
        checkBooleans(type, key, bytes);
        return GgufArray.number(type, bytes, 0);
    }

    private GgufArray numbers(GgufMetadata.Type element, String key) {
        long count = reader.count("length of array", key, Limits.GGUF_ARRAY, element.bytes(), "ARRAY_TOO_LONG", "ARRAY_PAST_END");
        byte[] bytes = reader.bytes(count * element.bytes(), "array");
        checkBooleans(element, key, bytes);
        return GgufArray.ofNumbers(element, bytes);
    }

    private void checkBooleans(GgufMetadata.Type type, String key, byte[] bytes) {
        if (type == GgufMetadata.Type.BOOL) {
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] != 0 && bytes[i] != 1) {
                    throw reader.errorAt(reader.position() - bytes.length + i, "BOOL_RANGE", key,
                            "a boolean is 0 or 1, found " + Byte.toUnsignedInt(bytes[i]));
                }
            }
        }
    }

    /** Strings in arrays are kept as bytes even if they are not UTF-8: some vocabularies have such tokens. */
    private GgufArray strings(String key) {
        long count = reader.count("length of array", key, Limits.GGUF_ARRAY, 8, "ARRAY_TOO_LONG", "ARRAY_PAST_END");
        long first = reader.position();
        int[] starts = new int[(int) count + 1];
        for (int i = 0; i < count; i++) {
            long start = reader.position();
            int number = i;
            long length = reader.count(() -> "length of string " + number, key, Limits.GGUF_STRING_BYTES, 1, "STRING_TOO_LONG",
                    "STRING_PAST_END");
            reader.skip(length, "string");
            if (reader.position() - first > Integer.MAX_VALUE - 8) {
                throw reader.errorAt(start, "ARRAY_TOO_LONG", key, "its strings take more than 2 GiB");
            }
            starts[i + 1] = (int) (reader.position() - first);
        }
        long end = reader.position();
        reader.seek(first, "array");
        return GgufArray.ofStrings(reader.bytes(end - first, "array"), starts);
    }
}
