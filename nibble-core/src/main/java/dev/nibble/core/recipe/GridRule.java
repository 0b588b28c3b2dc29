package dev.nibble.core.recipe;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Overrides of the grid for some layers of a quantized directory; empty values are inherited.
 *
 * @param group values per scale; -1 for a whole row
 */
record GridRule(OptionalInt bits, OptionalInt group, Optional<Boolean> symmetric) {
    /** No overrides. */
    public static final GridRule NONE = new GridRule(OptionalInt.empty(), OptionalInt.empty(), Optional.empty());

    public boolean isNone() {
        return equals(NONE);
    }
}
