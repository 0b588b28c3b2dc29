package dev.nibble.core.x86.machine;

import dev.nibble.error.UnsupportedException;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A self-test of machine code, run once per process on first use. Thread-safe. */
public final class OneTimeSelfTest {
    private final BooleanSupplier test;
    private volatile Optional<Optional<String>> failure = Optional.empty(); // empty before the test

    /** @param test whether the results are right */
    public OneTimeSelfTest(BooleanSupplier test) {
        this.test = test;
    }

    /** The reason why the code must not be used; empty if it passed. */
    public Optional<String> failure() {
        return failure.orElseGet(this::run);
    }

    private synchronized Optional<String> run() {
        if (failure.isEmpty()) {
            failure = Optional.of(result());
        }
        return failure.get();
    }

    private Optional<String> result() {
        try {
            return test.getAsBoolean()
                    ? Optional.empty()
                    : Optional.of("its machine code computed known numbers wrong on this processor; please report it");
        } catch (UnsupportedException | InternalError e) {
            return Optional.of("its machine code could not be tested: " + e.getMessage());
        }
    }
}
