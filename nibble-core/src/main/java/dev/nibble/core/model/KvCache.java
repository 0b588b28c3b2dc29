package dev.nibble.core.model;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of one sequence, layer by layer and head by head, in any codec. Memory grows with the sequence, by pages of {@value
 * #PAGE} positions:
 *
 * <pre>
 *   page[layer][keys, values][head][position in page][headSize]
 * </pre>
 *
 * <p>
 * At most one thread writes a head at a time. The creator closes it.
 */
public final class KvCache implements AutoCloseable {
    /** Positions in a page. */
    public static final int PAGE = 128;

    private final KvShape shape;
    private final Codec codec;
    private final int capacity;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> pages = new ArrayList<>();
    private int length;

    /** @param capacity limit of positions */
    public KvCache(KvShape shape, Codec codec, int capacity) {
        if (shape.headSize() % codec.blockSize() != 0) {
            throw new IllegalArgumentException("heads of " + shape.headSize() + " values do not fill blocks of " + codec.blockSize()
                    + " (" + codec.name() + "): use F16 or F32 for the cache");
        }
        if (capacity < 1) {
            throw new IllegalArgumentException("a cache for " + capacity + " positions");
        }
        this.shape = shape;
        this.codec = codec;
        this.capacity = capacity;
    }

    /** Upper bound of the bytes of a cache of {@code positions}. */
    public static long bytes(KvShape shape, Codec codec, int positions) {
        long row = codec.bytes(shape.headSize());
        return Math.multiplyExact(Math.ceilDiv((long) positions, PAGE) * PAGE, row * 2 * shape.layers() * shape.heads());
    }

    public KvShape shape() {
        return shape;
    }

    public Codec codec() {
        return codec;
    }

    public int capacity() {
        return capacity;
    }

    /** Number of filled positions. */
    public int length() {
        return length;
    }

    /** Discards all positions from {@code newLength} on. */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot cut a cache of " + length + " positions to " + newLength);
        }
        length = newLength;
    }

    /** Allocates {@code count} positions after the filled ones. */
    void reserve(int count) {
        if (count > capacity - length) {
            throw new IllegalArgumentException(count + " tokens after " + length + " do not fit a cache of " + capacity);
        }
        while ((long) pages.size() * PAGE < length + count) {
            pages.add(arena.allocate(bytes(shape, codec, PAGE), Long.BYTES));
        }
    }

    /** Counts {@code count} written positions as filled. */
    void advance(int count) {
        length += count;
    }

    void writeKey(int layer, int head, int position, float[] key, int from) {
        write(slot(2 * layer, head, position), position, key, from);
    }

    void writeValue(int layer, int head, int position, float[] value, int from) {
        write(slot(2 * layer + 1, head, position), position, value, from);
    }

    /** Keys of positions {@code first} to {@code first + count}, all of one page. */
    void readKeys(int layer, int head, int first, int count, float[] target) {
        codec.decode(pages.get(first / PAGE), slot(2 * layer, head, first), target, 0, count * shape.headSize());
    }

    /** Values of positions {@code first} to {@code first + count}, all of one page. */
    void readValues(int layer, int head, int first, int count, float[] target) {
        codec.decode(pages.get(first / PAGE), slot(2 * layer + 1, head, first), target, 0, count * shape.headSize());
    }

    /** A page's keys of one head, {@value #PAGE} positions. */
    MemorySegment keyPage(int layer, int head, int page) {
        return pages.get(page).asSlice(slot(2 * layer, head, 0), PAGE * codec.bytes(shape.headSize()));
    }

    /** A page's values of one head, {@value #PAGE} positions. */
    MemorySegment valuePage(int layer, int head, int page) {
        return pages.get(page).asSlice(slot(2 * layer + 1, head, 0), PAGE * codec.bytes(shape.headSize()));
    }

    private void write(long offset, int position, float[] values, int from) {
        codec.encode(values, from, shape.headSize(), Importance.EQUAL, pages.get(position / PAGE), offset);
    }

    private long slot(int plane, int head, int position) {
        return ((long) (plane * shape.heads() + head) * PAGE + position % PAGE) * codec.bytes(shape.headSize());
    }

    @Override
    public void close() {
        arena.close();
    }
}
