package dev.nibble.core.backend.vector;

import java.util.ArrayList;
import java.util.List;

/** A thread in the background that exercises fast ways until they are compiled, and ends then. Thread-safe. */
final class WarmUp {
    private static final int LEAST = 500;
    /** The compiler takes several turns. */
    private static final int ENOUGH = 50;
    /** A JVM without an optimizing compiler never gets there. */
    private static final long PATIENCE = 60_000_000_000L;

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

    /** Advances it once. One that fails stays as it is, on its plain way, and keeps nothing from the others. */
    private static boolean ends(Warming<?> warming) {
        try {
            return warming.advance(LEAST, ENOUGH) || warming.age() > PATIENCE;
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
