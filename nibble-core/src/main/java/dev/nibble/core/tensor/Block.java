package dev.nibble.core.tensor;

import java.lang.foreign.MemorySegment;

/** A block being encoded: its scales are fixed, its codes may still change. Every algorithm rounds through it. */
public interface Block {
    /** Numbers per code: 1, or 4 or 8 for the lattices. */
    default int dimension() {
        return 1;
    }

    /** Gives position {@code i} the code nearest to {@code numbers[from]}, or to the vector that starts there. */
    void choose(int i, float[] numbers, int from);

    /** The value that position {@code i} decodes to with its present code. */
    float value(int i);

    void write(MemorySegment target, long offset);
}
