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

    private final long start = System.nanoTime();
    private long plainNanos = Long.MAX_VALUE;
    private int tries;
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

    /**
     * Runs both ways once; true when the fast one has become the one to take.
     *
     * @param min  how often at least: so often that the plain way has been compiled, too
     * @param enough how often in a row the fast way must have won
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

    private long nanos(T way) {
        long before = System.nanoTime();
        sample.accept(way);
        return System.nanoTime() - before;
    }
}
