package dev.nibble.core.tensor;

import java.lang.foreign.MemorySegment;

/** A block being encoded: its scales are fixed, its codes may still change. What every algorithm rounds with. */
public interface Block {
    /** How many numbers one code stands for: 1, or 4 or 8 for the lattices. */
    default int dimension() {
        return 1;
    }

    /** Gives position {@code i} the code nearest to {@code numbers[from]}, or to the vector that starts there. */
    void choose(int i, float[] numbers, int from);

    /** What position {@code i} decodes to with the code it has. */
    float value(int i);

    void write(MemorySegment target, long offset);
}
