package dev.nibble.core.checkpoint.io;

import static dev.nibble.core.tensor.LittleEndian.INT;
import static dev.nibble.core.tensor.LittleEndian.LONG;
import static dev.nibble.core.tensor.LittleEndian.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.error.MalformedFileException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Reads untrusted little-endian bytes from front to back. Every length is compared with the remaining bytes before anything is allocated,
 * and every error gives its position.
 */
public final class ByteReader {
    private final Path file;
    private final String format;
    private final MemorySegment bytes;
    private final long origin;
    private long position;

    /** @param format prefix of error codes, such as {@code GGUF} */
    public ByteReader(Path file, String format, MemorySegment bytes) {
        this(file, format, bytes, 0);
    }

    /** @param origin offset of {@code bytes} in the file */
    public ByteReader(Path file, String format, MemorySegment bytes, long origin) {
        this.file = file;
        this.format = format;
        this.bytes = bytes;
        this.origin = origin;
    }

    /** Offset of the next read in {@code bytes}. */
    public long position() {
        return position;
    }

    public long remaining() {
        return bytes.byteSize() - position;
    }

    /** @throws MalformedFileException if the file ends before it */
    public void seek(long target, String what) {
        if (target < 0 || target > bytes.byteSize()) {
            throw error("TRUNCATED", "", what + " at " + Long.toUnsignedString(target) + " lies past the end at " + bytes.byteSize());
        }
        position = target;
    }

    public int u8(String what) {
        return Byte.toUnsignedInt(bytes.get(JAVA_BYTE, advance(1, what)));
    }

    public int u16(String what) {
        return Short.toUnsignedInt(bytes.get(SHORT, advance(2, what)));
    }

    public int i32(String what) {
        return bytes.get(INT, advance(4, what));
    }

    public long u32(String what) {
        return Integer.toUnsignedLong(i32(what));
    }

    public long i64(String what) {
        return bytes.get(LONG, advance(8, what));
    }

    /** Copies {@code count} bytes, which must be a valid array length. */
    public byte[] bytes(long count, String what) {
        return bytes.asSlice(advance(count, what), count).toArray(JAVA_BYTE);
    }

    public void skip(long count, String what) {
        advance(count, what);
    }

    /**
     * Reads an unsigned 64-bit count of following items.
     *
     * @param limit    largest allowed count
     * @param each     minimum bytes per item
     * @param tooMany  error code above {@code limit}
     * @param pastEnd  error code if the file cannot hold the items
     */
    public long count(String what, String entity, long limit, long each, String tooMany, String pastEnd) {
        return count(() -> what, entity, limit, each, tooMany, pastEnd);
    }

    /** Reads a count with a lazy error text, for counts that occur hundreds of thousands of times. */
    public long count(Supplier<String> what, String entity, long limit, long each, String tooMany, String pastEnd) {
        long start = position;
        if (remaining() < Long.BYTES) {
            throw truncated(Long.BYTES, what.get());
        }
        long count = i64("count");
        if (count < 0 || count > limit) {
            if (Long.compareUnsigned(count, remaining() / each) > 0) {
                throw errorAt(start, pastEnd, entity,
                        what.get() + " " + Long.toUnsignedString(count) + " with " + remaining() + " bytes left");
            }
            throw errorAt(start, tooMany, entity, what.get() + " " + count + " is over the limit of " + limit);
        }
        if (count > remaining() / each) {
            throw errorAt(start, pastEnd, entity, what.get() + " " + count + " with " + remaining() + " bytes left");
        }
        return count;
    }

    public MalformedFileException error(String code, String entity, String reason) {
        return errorAt(position, code, entity, reason);
    }

    public Path file() {
        return file;
    }

    /** @param at offset in {@code bytes} */
    public MalformedFileException errorAt(long at, String code, String entity, String reason) {
        return new MalformedFileException(format + "_" + code, file, origin + at, entity, reason);
    }

    private MalformedFileException truncated(long count, String what) {
        return error("TRUNCATED", "", what + " takes " + Long.toUnsignedString(count) + " bytes, the file has " + remaining() + " left");
    }

    private long advance(long count, String what) {
        if (count < 0 || count > remaining()) {
            throw truncated(count, what);
        }
        long start = position;
        position += count;
        return start;
    }
}
