package dev.nibble.cli;

import dev.nibble.Progress;
import dev.nibble.ProgressListener;
import java.io.PrintStream;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** Progress on standard error: a bar on a terminal, occasional lines elsewhere. */
final class ProgressDisplay implements ProgressListener, AutoCloseable {
    private static final int WIDTH = 30;
    private static final long REDRAW_NANOS = 100_000_000;
    private static final long LINE_NANOS = 15_000_000_000L;
    private static final Set<String> MANY = Set.of("bytes", "tokens", "questions"); // units with a rate worth showing

    /** Start of a stage, and time of its next redraw. */
    private record Clock(long start, AtomicLong nextDraw) {}

    private final UnaryOperator<String> names;
    private final PrintStream out = System.err;
    private final boolean terminal = Boolean.getBoolean("nibble.terminal");
    private final Map<String, Clock> clocks = new ConcurrentHashMap<>();
    private boolean drawn;

    ProgressDisplay() {
        this(stage -> stage);
    }

    /** @param names display name of a stage */
    ProgressDisplay(UnaryOperator<String> names) {
        this.names = names;
    }

    @Override
    public void progress(Progress progress) {
        boolean bar = MANY.contains(progress.unit());
        if (!bar && !terminal) {
            return;
        }
        long now = System.nanoTime();
        Clock clock = clocks.computeIfAbsent(progress.stage(), any -> new Clock(now, new AtomicLong(terminal ? now : now + LINE_NANOS)));
        long due = clock.nextDraw.get();
        if (now - due >= 0 && clock.nextDraw.compareAndSet(due, now + (terminal ? REDRAW_NANOS : LINE_NANOS))) {
            draw(progress, bar ? pace(progress, Math.max(now - clock.start, 1) / 1e9) : "");
        }
    }

    private static String pace(Progress progress, double seconds) {
        double rate = progress.done() / seconds;
        String left = rate == 0 ? "" : Units.seconds(Math.max(0, progress.total() - progress.done()) / rate) + " left";
        String units = progress.unit().equals("bytes") ? Units.bytes((long) rate) : (long) rate + " " + progress.unit();
        return "%3.0f %%  %s/s  %s".formatted(progress.percent(), units, left);
    }

    private synchronized void draw(Progress progress, String pace) {
        String name = names.apply(progress.stage());
        if (!terminal) {
            out.println(name + " " + pace.strip());
            return;
        }
        int filled = (int) (progress.percent() / 100 * WIDTH);
        String state = pace.isEmpty()
                ? ": " + progress.done() + " of " + progress.total() + " " + progress.unit()
                : " [" + "=".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + pace;
        out.print("\r" + name + state + (progress.detail().isEmpty() ? "" : "  " + progress.detail()) + "\u001b[K");
        out.flush();
        drawn = true;
    }

    @Override
    public synchronized void note(String message) {
        clear();
        StandardError.message(message);
    }

    @Override
    public synchronized void warning(String message) {
        clear();
        StandardError.warning(message);
    }

    @Override
    public void close() {
        clear();
    }

    /** Clears the bar from the terminal. */
    synchronized void clear() {
        if (drawn) {
            out.print("\r\u001b[K");
            out.flush();
            drawn = false;
        }
    }
}
