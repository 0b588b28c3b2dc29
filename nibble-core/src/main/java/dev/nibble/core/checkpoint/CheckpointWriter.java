package dev.nibble.core.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A model file being written: tensors are declared on creation, their bytes arrive in any order and from any thread.
 *
 * <p>
 * The bytes go to a temporary file in the target's folder. {@link #commit} checks that every tensor is complete, syncs the file and renames
 * it atomically; {@link #close} without it removes the temporary file, so no half-written file is ever visible.
 */
public interface CheckpointWriter extends AutoCloseable {
    /**
     * Writes {@code bytes} at {@code position} of the tensor's data. Thread-safe; no byte may be written twice.
     *
     * @throws IllegalArgumentException if there is no such tensor or the bytes reach past its end
     */
    void write(String name, long position, MemorySegment bytes) throws IOException;

    /**
     * CRC32C of a tensor's bytes as passed to {@link #write}.
     *
     * @throws IllegalStateException if some are still missing
     */
    int crc32c(String name);

    /** @throws IllegalStateException if bytes of a tensor are missing */
    void commit() throws IOException;

    @Override
    void close() throws IOException;
}
