package dev.nibble.core.backend.x86.format;

import dev.nibble.core.x86.assembler.Vec;

/**
 * Codes with their signs apart, zero taken off, in registers of 256 bits: the signs can be moved over to the activations then, and small
 * magnitudes be summed in 16 bits.
 *
 * @param largest the largest magnitude
 */
public record Magnitudes(int largest, Writing writing) {
    /** Writes what puts the 32 magnitudes of a run of one row into a register, and bytes of their signs into another: −1 or 1. */
    @FunctionalInterface
    public interface Writing {
        void write(Rows rows, int row, int subBlock, Vec magnitudes, Vec signs);
    }
}
