package dev.nibble.core.backend.vector;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;

/** Writes blocks of one codec out as floats: the very numbers of {@link Codec#decode}, faster. Thread-safe. */
@FunctionalInterface
interface RowDecoder {
    /** As {@link Codec#decode}. */
    void decode(MemorySegment source, long offset, float[] target, int from, int count);
}
