package dev.nibble.core.backend.vector;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;

/** Decodes blocks of one codec to the same floats as {@link Codec#decode}, faster. Thread-safe. */
@FunctionalInterface
interface RowDecoder {
    /** Decodes as {@link Codec#decode} does. */
    void decode(MemorySegment source, long offset, float[] target, int from, int count);
}
