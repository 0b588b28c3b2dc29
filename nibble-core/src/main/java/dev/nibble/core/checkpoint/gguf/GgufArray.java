package dev.nibble.core.checkpoint.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * An array of a GGUF file, kept as bytes: a vocabulary of 150,000 tokens is two arrays, not 150,000 objects. Elements are decoded on
 * request.
 */
final class GgufArray extends AbstractList<Object> implements RandomAccess {
    private static final int LENGTH_BYTES = 8;

    private final GgufMetadata.Type element;
    private final byte[] bytes;
    private final int[] starts; // of each string's length field, and the end; empty for numbers
    private final int size;

    private GgufArray(GgufMetadata.Type element, byte[] bytes, int[] starts, int size) {
        this.element = element;
        this.bytes = bytes;
        this.starts = starts;
        this.size = size;
    }

    static GgufArray ofNumbers(GgufMetadata.Type element, byte[] bytes) {
        return new GgufArray(element, bytes, new int[0], bytes.length / element.bytes());
    }

    /** @param starts offsets of each string's length field, and the end of the last string */
    static GgufArray ofStrings(byte[] bytes, int[] starts) {
        return new GgufArray(GgufMetadata.Type.STRING, bytes, starts, starts.length - 1);
    }

    GgufMetadata.Type element() {
        return element;
    }

    /** The elements' bytes in the file, without the array's own type and length. */
    byte[] bytes() {
        return bytes;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Object get(int i) {
        Objects.checkIndex(i, size);
        if (element == GgufMetadata.Type.STRING) {
            int start = starts[i] + LENGTH_BYTES;
            return new String(bytes, start, starts[i + 1] - start, StandardCharsets.UTF_8);
        }
        return number(element, bytes, i * element.bytes());
    }

    /** The number at {@code offset} in the Java type of {@link GgufMetadata.Value}. */
    static Object number(GgufMetadata.Type type, byte[] all, int offset) {
        ByteBuffer bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        return switch (type) {
            case U8 -> Byte.toUnsignedLong(bytes.get(offset));
            case I8 -> (long) bytes.get(offset);
            case U16 -> Short.toUnsignedLong(bytes.getShort(offset));
            case I16 -> (long) bytes.getShort(offset);
            case U32 -> Integer.toUnsignedLong(bytes.getInt(offset));
            case I32 -> (long) bytes.getInt(offset);
            case U64, I64 -> bytes.getLong(offset);
            case F32 -> bytes.getFloat(offset);
            case F64 -> bytes.getDouble(offset);
            case BOOL -> bytes.get(offset) != 0;
            case STRING, ARRAY -> throw new IllegalArgumentException(type + " is no number");
        };
    }
}
