package dev.nibble.core.backend.vector;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Two implementations with the same results: plain code until the fast one is compiled, since uncompiled vector code is a hundred times
 * slower than plain code.
 */
final class Warming<T> implements Supplier<T> {
    private final T plain;
    private final T fast;
    private final Consumer<T> sample;
    private volatile T current;

    private final long start = System.nanoTime();
    private long plainNanos = Long.MAX_VALUE;
    private int tries;
    private int wins;

    /** @param sample a small representative piece of work */
    Warming(T plain, T fast, Consumer<T> sample) {
        this.plain = plain;
        this.fast = fast;
        this.sample = sample;
        this.current = plain;
    }

    /** The implementation to use now. */
    @Override
    public T get() {
        return current;
    }

    /**
     * Runs both implementations once; true once the fast one is selected.
     *
     * @param min minimum number of runs, so that plain code is compiled, too
     * @param enough required consecutive wins of the fast one
     */
    boolean advance(int min, int enough) {
        tries++;
        plainNanos = Math.min(plainNanos, nanos(plain));
        wins = nanos(fast) < plainNanos ? wins + 1 : 0;
        boolean warm = tries >= min && wins >= enough;
        if (warm) {
            current = fast;
        }
        return warm;
    }

    long age() {
        return System.nanoTime() - start;
    }

    private long nanos(T implementation) {
        long before = System.nanoTime();
        sample.accept(implementation);
        return System.nanoTime() - before;
    }
}
