package dev.nibble.core.recipe;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What differs in the grid of some layers of a quantized directory; what is empty is as for all.
 *
 * @param group numbers under one scale; -1 for a whole row
 */
public record GridRule(OptionalInt bits, OptionalInt group, Optional<Boolean> symmetric) {
    /** Nothing differs. */
    public static final GridRule NONE = new GridRule(OptionalInt.empty(), OptionalInt.empty(), Optional.empty());

    public boolean isNone() {
        return equals(NONE);
    }
}
