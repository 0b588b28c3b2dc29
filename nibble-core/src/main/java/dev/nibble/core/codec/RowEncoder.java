package dev.nibble.core.codec;

import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/**
 * {@link dev.nibble.core.tensor.Codec#encode} with working memory of its own: the same bytes. Not thread-safe; every worker has its own.
 */
@FunctionalInterface
public interface RowEncoder {
    /**
     * @param numbers    finite
     * @param count      numbers in the row, whole blocks
     * @param importance one weight per column, or {@link Importance#EQUAL}; not yet bound to the row
     */
    void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset);
}
