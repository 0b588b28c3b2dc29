package dev.nibble.core.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A team of threads that divide the columns of one operation after another; the calling thread is one of them. Idle workers spin for a
 * moment, because the next operation is mostly microseconds away, then park. One caller at a time.
 */
public final class Workers implements AutoCloseable {
    private static final int MAX_THREADS = 1024;
    private static final int SPINS = 4_000; // some 100 µs
    private static final int SHARE = 2; // a piece is half of a thread's share of the rest: large first, small last, to finish together
    private static final int PIECES = 16; // per thread, at most

    /** A piece of the work: items {@code from} to {@code to}. */
    @FunctionalInterface
    public interface Work {
        void run(int from, int to);
    }

    /**
     * @param grain pieces are multiples of it
     * @param left  items not done; the worker that does the last ones wakes the caller
     */
    private record Job(Work work, int items, int grain, int threads, AtomicInteger next, AtomicInteger left, Thread caller) {
        /** The end of the piece that starts at an item. */
        int end(int from) {
            int grains = Math.max((items - from) / (threads * SHARE), items / (threads * PIECES)) / grain;
            return Math.min(items, from + Math.max(1, grains) * grain);
        }
    }

    private final Thread[] helpers;
    private final Scratch scratch = new Scratch();
    private volatile Job job;
    private volatile long number;
    private volatile boolean closed;
    private volatile Throwable failure;

    private Workers(int threads) {
        helpers = new Thread[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = Thread.ofPlatform().daemon().name("nibble-worker-" + (i + 1)).unstarted(this::serve);
        }
        try {
            for (Thread helper : helpers) {
                helper.start();
            }
        } catch (Throwable e) { // the system refuses more threads
            close();
            throw e;
        }
    }

    /** @param threads the caller's own included */
    public static Workers of(int threads) {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads is " + threads + ", expected 1 to " + MAX_THREADS);
        }
        return new Workers(threads);
    }

    public int threads() {
        return helpers.length + 1;
    }

    /** Matrices for intermediate results. */
    public Scratch scratch() {
        return scratch;
    }

    /**
     * Runs all items, in pieces that are multiples of {@code grain}, and returns when all are done. A thread that the system does not schedule
     * delays only its own piece: the others take the rest.
     *
     * @throws RuntimeException or Error: the failure of a piece; the other pieces may or may not have run
     */
    public synchronized void run(int items, int grain, Work work) {
        if (items <= grain || helpers.length == 0) {
            if (items > 0) {
                work.run(0, items);
            }
            return;
        }
        Job current = new Job(work, items, grain, threads(), new AtomicInteger(), new AtomicInteger(items), Thread.currentThread());
        failure = null;
        job = current;
        number++;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        try {
            take(current);
        } finally {
            await(current);
            job = null;
        }
        rethrow();
    }

    private void rethrow() {
        switch (failure) {
            case null -> {
            }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private static void await(Job current) {
        int spins = 0;
        while (current.left.get() > 0) {
            if (++spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(current);
            }
        }
    }

    private void serve() {
        long seen = 0;
        while (!closed) {
            long now = number;
            Job current = job;
            if (now == seen) {
                idle(seen);
                continue;
            }
            seen = now; // even if the others have finished the job: an unseen number keeps the thread awake
            if (current != null && take(current)) {
                LockSupport.unpark(current.caller);
            }
        }
    }

    private void idle(long seen) {
        for (int spins = 0; spins < SPINS; spins++) {
            if (number != seen || closed) {
                return;
            }
            Thread.onSpinWait();
        }
        if (number == seen && !closed) {
            LockSupport.park(this);
        }
    }

    /** Runs pieces until none are left. @return whether this thread ran the last one */
    private boolean take(Job current) {
        boolean last = false;
        for (int from = current.next.get(); from < current.items; from = current.next.get()) {
            int to = current.end(from);
            if (!current.next.compareAndSet(from, to)) {
                continue;
            }
            try {
                if (failure == null) {
                    current.work.run(from, to);
                }
            } catch (Throwable e) {
                failure = e;
            }
            last = current.left.addAndGet(from - to) == 0;
        }
        return last;
    }

    /** Ends the threads. */
    @Override
    public void close() {
        closed = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }
}
