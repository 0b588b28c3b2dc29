package dev.nibble.cli;

import dev.nibble.core.job.NonFinitePolicy;

/** Values of {@code --allow-nonfinite}. */
enum NonFiniteChoice {
    ZERO;

    /** @param choice the option's value, or null */
    static NonFinitePolicy of(NonFiniteChoice choice) {
        return choice == null ? NonFinitePolicy.REFUSE : NonFinitePolicy.ZERO;
    }
}
