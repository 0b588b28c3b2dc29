package dev.nibble.cli;

import dev.nibble.core.job.NonFinitePolicy;

/** What {@code --allow-nonfinite} may be. */
enum NonFiniteChoice {
    ZERO;

    /** @param choice what was given, or null */
    static NonFinitePolicy of(NonFiniteChoice choice) {
        return choice == null ? NonFinitePolicy.REFUSE : NonFinitePolicy.ZERO;
    }
}
