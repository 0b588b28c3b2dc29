package dev.nibble.core.checkpoint.gguf;

import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.TensorFile.Place;
import dev.nibble.core.checkpoint.gguf.GgufMetadata.Value;
import dev.nibble.core.checkpoint.io.Utf8;
import dev.nibble.core.tensor.TensorInfo;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The layout of a GGUF file to write: the bytes of its header, the position of each value in it, and the offsets of the tensors. */
final class GgufLayout {
    private static final int VERSION = 3;

    /** The position of a value and its type in the header. */
    record Span(int start, int length) {}

    private final byte[] header;
    private final Map<String, Span> values;
    private final Map<String, Place> places;
    private final long size;

    private GgufLayout(byte[] header, Map<String, Span> values, Map<String, Place> places, long size) {
        this.header = header;
        this.values = values;
        this.places = places;
        this.size = size;
    }

    byte[] header() {
        return header;
    }

    Map<String, Span> values() {
        return values;
    }

    Map<String, Place> places() {
        return places;
    }

    long size() {
        return size;
    }

    static GgufLayout of(GgufMetadata metadata, List<TensorInfo> tensors) {
        GgufEncoder encoder = new GgufEncoder();
        encoder.raw("GGUF".getBytes(StandardCharsets.US_ASCII));
        encoder.littleEndian(VERSION, 4);
        encoder.littleEndian(tensors.size(), 8);
        encoder.littleEndian(metadata.values().size(), 8);
        Map<String, Span> values = new LinkedHashMap<>();
        metadata.values().forEach((key, value) -> {
            encoder.key(key);
            int start = encoder.size();
            encoder.value(key, value);
            values.put(key, new Span(start, encoder.size() - start));
        });
        long alignment = alignment(metadata);
        Map<String, Long> offsets = new LinkedHashMap<>();
        long dataBytes = 0;
        for (TensorInfo tensor : tensors) {
            declare(encoder, tensor, dataBytes);
            if (offsets.putIfAbsent(tensor.name(), dataBytes) != null) {
                throw new IllegalArgumentException("two tensors named " + tensor.name());
            }
            dataBytes = GgufFile.padded(Math.addExact(dataBytes, tensor.bytes()), alignment);
        }
        long dataStart = tensors.isEmpty() ? encoder.size() : GgufFile.padded(encoder.size(), alignment);
        Map<String, Place> places = new LinkedHashMap<>();
        tensors.forEach(tensor -> places.put(tensor.name(), new Place(dataStart + offsets.get(tensor.name()), tensor.bytes())));
        return new GgufLayout(encoder.bytes(), values, places, Math.addExact(dataStart, dataBytes));
    }

    private static void declare(GgufEncoder encoder, TensorInfo tensor, long offset) {
        String name = tensor.name();
        int nameBytes = Utf8.encode(name).length;
        if (nameBytes == 0 || nameBytes > Limits.GGUF_NAME_BYTES || name.indexOf(0) >= 0) {
            throw new IllegalArgumentException("GGUF names have 1 to " + Limits.GGUF_NAME_BYTES + " bytes and no NUL, not so " + name);
        }
        if (tensor.shape().rank() > Limits.GGUF_RANK) {
            throw new IllegalArgumentException("tensor " + name + " has shape " + tensor.shape() + ", GGUF allows 4 dimensions");
        }
        if (tensor.shape().columns() % tensor.codec().blockSize() != 0) {
            throw new IllegalArgumentException("rows of tensor " + name + ", " + tensor.shape() + ", do not fill blocks of "
                    + tensor.codec().blockSize() + " (" + tensor.codec().name() + ")");
        }
        long[] dimensions = tensor.shape().rank() == 0 ? new long[]{1} : tensor.shape().fastestFirst();
        encoder.string(name);
        encoder.littleEndian(dimensions.length, 4);
        for (long dimension : dimensions) {
            encoder.littleEndian(dimension, 8);
        }
        encoder.littleEndian(tensor.codec().ggufType().orElseThrow(
                () -> new IllegalArgumentException("tensor " + name + ": GGUF has no type " + tensor.codec().name())), 4);
        encoder.littleEndian(offset, 8);
    }

    private static long alignment(GgufMetadata metadata) {
        Value value = metadata.values().get(GgufFile.ALIGNMENT);
        if (value == null) {
            return GgufFile.DEFAULT_ALIGNMENT;
        }
        if (value.type() != GgufMetadata.Type.U32 || !(value.value() instanceof Long alignment) || Long.bitCount(alignment) != 1
                || alignment > Limits.GGUF_ALIGNMENT) {
            throw new IllegalArgumentException(
                    GgufFile.ALIGNMENT + " must be a U32 power of two up to " + Limits.GGUF_ALIGNMENT + ", not " + value);
        }
        return alignment;
    }
}
