package dev.nibble.core.backend.x86.format;

import dev.nibble.core.x86.assembler.Vec;

/**
 * Codes as separate magnitudes and signs, zero subtracted, in registers of 256 bits: the signs can be applied to the activations, and small
 * magnitudes summed in 16 bits.
 *
 * @param largest largest magnitude
 */
public record Magnitudes(int largest, Writing writing) {
    /** Writes code that loads a row's 32 magnitudes of a sub-block into one register and their signs, −1 or 1, into another. */
    @FunctionalInterface
    public interface Writing {
        void write(Rows rows, int row, int subBlock, Vec magnitudes, Vec signs);
    }
}
