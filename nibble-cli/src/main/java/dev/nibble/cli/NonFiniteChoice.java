package dev.nibble.cli;

import dev.nibble.core.job.NonFinite;

/** What {@code --allow-nonfinite} may be. */
enum NonFiniteChoice {
    ZERO;

    /** @param choice what was given, or null */
    static NonFinite of(NonFiniteChoice choice) {
        return choice == null ? NonFinite.REFUSE : NonFinite.ZERO;
    }
}
