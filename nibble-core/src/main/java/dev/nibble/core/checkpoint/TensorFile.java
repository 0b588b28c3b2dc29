package dev.nibble.core.checkpoint;

import dev.nibble.core.checkpoint.io.AtomicFile;
import dev.nibble.core.checkpoint.io.Checksums;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writer of a header and tensors at known offsets, common to both formats. Gaps between tensors become zeros. */
public final class TensorFile implements CheckpointWriter {
    private static final long PIECE = 8 << 20;

    /** The position of a tensor's bytes. */
    public record Place(long offset, long bytes) {}

    private record Open(Place place, WrittenBytes written) {}

    private final AtomicFile file;
    private final Map<String, Open> tensors = new LinkedHashMap<>();

    private TensorFile(AtomicFile file, Map<String, Place> places) {
        this.file = file;
        places.forEach((name, place) -> tensors.put(name, new Open(place, new WrittenBytes(place.bytes))));
    }

    /** @param size of the whole file */
    public static TensorFile create(Path target, boolean overwrite, byte[] header, Map<String, Place> places, long size)
            throws IOException {
        AtomicFile file = AtomicFile.create(target, overwrite);
        try {
            file.write(0, ByteBuffer.wrap(header));
            file.setSize(size);
            return new TensorFile(file, places);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public void write(String name, long position, MemorySegment bytes) throws IOException {
        Open tensor = tensor(name);
        if (position < 0 || bytes.byteSize() > tensor.place.bytes - position) {
            throw new IllegalArgumentException(bytes.byteSize() + " bytes at " + position + " of tensor " + name + " reach past its "
                    + tensor.place.bytes + " bytes");
        }
        tensor.written.add(position, bytes.byteSize(), Checksums.crc32c(bytes));
        for (long from = 0; from < bytes.byteSize(); from += PIECE) {
            MemorySegment piece = bytes.asSlice(from, Math.min(PIECE, bytes.byteSize() - from));
            file.write(tensor.place.offset + position + from, piece.asByteBuffer());
        }
    }

    /** Overwrites part of the header. */
    public void writeHeader(long position, byte[] bytes) throws IOException {
        file.write(position, ByteBuffer.wrap(bytes));
    }

    @Override
    public int crc32c(String name) {
        return tensor(name).written.crc32c();
    }

    private Open tensor(String name) {
        Open tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor " + name + " was declared");
        }
        return tensor;
    }

    @Override
    public void commit() throws IOException {
        tensors.forEach((name, tensor) -> {
            if (!tensor.written.isComplete()) {
                throw new IllegalStateException("tensor " + name + " is incomplete: byte " + tensor.written.firstMissing() + " of "
                        + tensor.place.bytes + " is missing");
            }
        });
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
