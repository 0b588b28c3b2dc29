package dev.nibble.core.checkpoint.gguf;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.TensorFile;
import dev.nibble.core.checkpoint.gguf.GgufMetadata.Value;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes GGUF, version 3. All offsets are computed before the first byte is written, so the size is known beforehand ({@link #fileSize})
 * and tensors may come in any order. A scalar becomes a tensor of one dimension, because GGUF readers refuse none.
 */
public final class GgufWriter implements CheckpointWriter {
    private final TensorFile file;
    private final GgufLayout layout;

    private GgufWriter(TensorFile file, GgufLayout layout) {
        this.file = file;
        this.layout = layout;
    }

    /**
     * @param metadata  written unchanged and in order; the caller must provide {@code general.architecture} and the like
     * @param overwrite whether an existing file may be replaced
     * @throws IllegalArgumentException if GGUF cannot hold a tensor or value: name over 63 bytes or twice, more than 4 dimensions, codec
     *                                  without GGUF type, number out of range
     */
    public static GgufWriter create(Path target, GgufMetadata metadata, List<TensorInfo> tensors, boolean overwrite) throws IOException {
        GgufLayout layout = GgufLayout.of(metadata, tensors);
        return new GgufWriter(TensorFile.create(target, overwrite, layout.header(), layout.places(), layout.size()), layout);
    }

    /** The size of the file in bytes. */
    public static long fileSize(GgufMetadata metadata, List<TensorInfo> tensors) {
        return GgufLayout.of(metadata, tensors).size();
    }

    /**
     * Replaces the value of a key by another one of the same size: for values known only after all tensors are written.
     *
     * @throws IllegalArgumentException if there is no such key, or the size differs
     */
    public void replace(String key, Value sameSize) throws IOException {
        GgufLayout.Span span = layout.values().get(key);
        if (span == null) {
            throw new IllegalArgumentException("no key " + key + " was declared");
        }
        GgufEncoder encoder = new GgufEncoder();
        encoder.value(key, sameSize);
        if (encoder.size() != span.length()) {
            throw new IllegalArgumentException("key " + key + " takes " + span.length() + " bytes, the new value " + encoder.size());
        }
        file.writeHeader(span.start(), encoder.bytes());
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
