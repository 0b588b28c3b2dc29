package dev.nibble.core.backend.vector;

import java.util.ArrayList;
import java.util.List;

/** A background thread that runs the vector code until it is compiled, then ends. Thread-safe. */
final class WarmUp {
    private static final int MIN_ROUNDS = 500;
    /** Consecutive wins that count as compiled: the compiler has several tiers. */
    private static final int MIN_WINS = 50;
    /** Time limit: a JVM without an optimizing compiler never finishes. */
    private static final long MAX_NANOS = 60_000_000_000L;

    private final List<Warming<?>> waiting = new ArrayList<>();
    private boolean running;

    synchronized void add(Warming<?> warming) {
        waiting.add(warming);
        if (!running) {
            running = true;
            Thread.ofPlatform().daemon().name("nibble-warm-up").start(this::run);
        }
    }

    private void run() {
        List<Warming<?>> round = next(List.of());
        while (!round.isEmpty()) {
            round = next(round.stream().filter(WarmUp::ends).toList());
        }
    }

    /** Advances a warm-up once. After a failure it stays with plain code. */
    private static boolean ends(Warming<?> warming) {
        try {
            return warming.advance(MIN_ROUNDS, MIN_WINS) || warming.age() > MAX_NANOS;
        } catch (RuntimeException | Error e) {
            return true;
        }
    }

    private synchronized List<Warming<?>> next(List<Warming<?>> done) {
        waiting.removeAll(done);
        running = !waiting.isEmpty();
        return List.copyOf(waiting);
    }
}
