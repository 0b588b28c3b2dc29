package dev.nibble.core.backend.vector;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One thing done in two ways with the same results: plainly, until the fast way has been compiled. Before that vector code is a hundred times
 * slower than plain code.
 */
final class Warming<T> implements Supplier<T> {
    private final T plain;
    private final T fast;
    private final Consumer<T> sample;
    private volatile T current;

    private long plainNanos = Long.MAX_VALUE;
    private int wins;

    /** @param sample a little work of the usual kind */
    Warming(T plain, T fast, Consumer<T> sample) {
        this.plain = plain;
        this.fast = fast;
        this.sample = sample;
        this.current = plain;
    }

    /** The way to take now. */
    @Override
    public T get() {
        return current;
    }

    /** Runs the fast way for a moment; true once it has become the one to take, having won against the plain one repeatedly. */
    boolean advance(int enough) {
        plainNanos = Math.min(plainNanos, nanos(plain));
        wins = nanos(fast) < plainNanos ? wins + 1 : 0;
        if (wins >= enough) {
            current = fast;
        }
        return wins >= enough;
    }

    private long nanos(T way) {
        long before = System.nanoTime();
        sample.accept(way);
        return System.nanoTime() - before;
    }
}
