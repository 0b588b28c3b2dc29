package dev.nibble.core.checkpoint.safetensors;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.TensorFile;
import dev.nibble.core.checkpoint.TensorFile.Place;
import dev.nibble.core.checkpoint.io.Utf8;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes one safetensors file in the order of the official writer: widest type first, then by name. {@code __metadata__} always has
 * {@code "format": "pt"}, which some readers require.
 */
public final class SafetensorsWriter implements CheckpointWriter {
    private static final int HEADER_MULTIPLE = 8;

    private final TensorFile file;

    private SafetensorsWriter(TensorFile file) {
        this.file = file;
    }

    /**
     * @param metadata  further strings for {@code __metadata__}
     * @param overwrite whether an existing file may be replaced
     * @throws IllegalArgumentException if safetensors cannot hold a tensor: reserved, empty or duplicate name, or a codec without a dtype
     */
    public static SafetensorsWriter create(Path target, Map<String, String> metadata, List<TensorInfo> tensors, boolean overwrite)
            throws IOException {
        List<TensorInfo> sorted = sorted(tensors);
        byte[] header = header(metadata, sorted);
        Map<String, Place> places = new LinkedHashMap<>();
        long size = header.length;
        for (TensorInfo tensor : sorted) {
            places.put(tensor.name(), new Place(size, tensor.bytes()));
            size = Math.addExact(size, tensor.bytes());
        }
        return new SafetensorsWriter(TensorFile.create(target, overwrite, header, places, size));
    }

    /** The size of the file in bytes. */
    public static long fileSize(Map<String, String> metadata, List<TensorInfo> tensors) {
        return tensors.stream().mapToLong(TensorInfo::bytes).reduce(header(metadata, sorted(tensors)).length, Math::addExact);
    }

    private static List<TensorInfo> sorted(List<TensorInfo> tensors) {
        tensors.forEach(SafetensorsWriter::check);
        Comparator<TensorInfo> wideLast = Comparator.comparingInt(tensor -> SafetensorsTypes.ALL.indexOf(tensor.codec().name()));
        return tensors.stream().sorted(wideLast.reversed().thenComparing(tensor -> Utf8.encode(tensor.name()), Arrays::compareUnsigned))
                .toList();
    }

    private static void check(TensorInfo tensor) {
        String name = tensor.name();
        int length = Utf8.encode(name).length;
        if (name.equals(SafetensorsHeader.METADATA) || length == 0 || length > Limits.NAME_BYTES || name.indexOf(0) >= 0) {
            throw new IllegalArgumentException("safetensors cannot hold a tensor named \"" + name + "\"");
        }
        if (!SafetensorsTypes.ALL.contains(tensor.codec().name()) || tensor.codec().blockSize() != 1) {
            throw new IllegalArgumentException("tensor " + name + ": safetensors has no dtype for " + tensor.codec().name());
        }
        if (tensor.shape().rank() > Limits.RANK) {
            throw new IllegalArgumentException("tensor " + name + " has " + tensor.shape().rank() + " dimensions, at most " + Limits.RANK);
        }
    }

    private static byte[] header(Map<String, String> metadata, List<TensorInfo> sorted) {
        if (sorted.stream().map(TensorInfo::name).distinct().count() != sorted.size()) {
            throw new IllegalArgumentException("two tensors of the same name");
        }
        Map<String, String> texts = new TreeMap<>(metadata);
        texts.putIfAbsent("format", "pt");
        StringBuilder json = new StringBuilder("{\"__metadata__\":{");
        texts.forEach((key, text) -> json.append(quoted(key)).append(':').append(quoted(text)).append(','));
        json.setCharAt(json.length() - 1, '}');
        long offset = 0;
        for (TensorInfo tensor : sorted) {
            long end = Math.addExact(offset, tensor.bytes());
            json.append(',').append(quoted(tensor.name())).append(":{\"dtype\":\"").append(tensor.codec().name()).append("\",\"shape\":")
                    .append(tensor.shape().dimensions().toString().replace(" ", "")).append(",\"data_offsets\":[").append(offset)
                    .append(',')
                    .append(end).append("]}");
            offset = end;
        }
        byte[] text = Utf8.encode(json.append('}').toString());
        int length = (text.length + HEADER_MULTIPLE - 1) / HEADER_MULTIPLE * HEADER_MULTIPLE;
        if (length > Limits.SAFETENSORS_HEADER) {
            throw new IllegalArgumentException("a header of " + length + " bytes, safetensors allows " + Limits.SAFETENSORS_HEADER);
        }
        byte[] header = new byte[SafetensorsHeader.LENGTH_BYTES + length];
        Arrays.fill(header, (byte) ' ');
        System.arraycopy(text, 0, header, SafetensorsHeader.LENGTH_BYTES, text.length);
        for (int i = 0; i < SafetensorsHeader.LENGTH_BYTES; i++) {
            header[i] = (byte) ((long) length >>> (8 * i));
        }
        return header;
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", c));
            } else {
                quoted.append((char) c);
            }
        });
        return quoted.append('"').toString();
    }

    @Override
    public void write(String name, long position, MemorySegment bytes) throws IOException {
        file.write(name, position, bytes);
    }

    @Override
    public int crc32c(String name) {
        return file.crc32c(name);
    }

    @Override
    public void commit() throws IOException {
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
