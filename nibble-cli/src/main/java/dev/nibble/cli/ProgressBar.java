package dev.nibble.cli;

import dev.nibble.core.recipe.PlannedTensor;
import dev.nibble.core.recipe.Progress;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/** Progress on standard error: a bar that redraws itself on a terminal, a line now and then elsewhere. */
final class ProgressBar implements Progress, AutoCloseable {
    private static final int WIDTH = 30;
    private static final long REDRAW_NANOS = 100_000_000;
    private static final long LINE_NANOS = 15_000_000_000L;

    private final String what;
    private final long total;
    private final LongFunction<String> unit;
    private final PrintStream out;
    private final boolean terminal;
    private final long start = System.nanoTime();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong nextDraw = new AtomicLong(start);
    private boolean drawn;

    /** @param total bytes to be done */
    ProgressBar(String what, long total) {
        this(what, total, Units::bytes, System.err, Boolean.getBoolean("nibble.terminal"));
    }

    /** Over the bytes that a plan reads. */
    static ProgressBar over(String what, List<PlannedTensor> plan) {
        return new ProgressBar(what, plan.stream().mapToLong(tensor -> tensor.source().bytes()).sum());
    }

    /** @param things that are counted, such as tokens */
    static ProgressBar counting(String what, long total, String things) {
        return new ProgressBar(what, total, count -> count + " " + things, System.err, Boolean.getBoolean("nibble.terminal"));
    }

    ProgressBar(String what, long total, LongFunction<String> unit, PrintStream out, boolean terminal) {
        this.what = what;
        this.total = Math.max(total, 1);
        this.unit = unit;
        this.out = out;
        this.terminal = terminal;
        if (!terminal) {
            nextDraw.addAndGet(LINE_NANOS);
        }
    }

    @Override
    public void advance(String tensor, long bytes) {
        long now = System.nanoTime();
        long due = nextDraw.get();
        long sum = done.addAndGet(bytes);
        if (now - due >= 0 && nextDraw.compareAndSet(due, now + (terminal ? REDRAW_NANOS : LINE_NANOS))) {
            draw(tensor, sum, now);
        }
    }

    private synchronized void draw(String tensor, long sum, long now) {
        double seconds = Math.max(now - start, 1) / 1e9;
        double fraction = Math.min(1, (double) sum / total);
        double rate = sum / seconds;
        String left = sum == 0 ? "" : Units.seconds((total - sum) / rate) + " left";
        String facts = "%3.0f %%  %s/s  %s".formatted(100 * fraction, unit.apply((long) rate), left);
        if (terminal) {
            int filled = (int) (fraction * WIDTH);
            out.print("\r" + what + " [" + "=".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + facts + "  " + tensor + "\u001b[K");
            out.flush();
            drawn = true;
        } else {
            out.println(what + " " + facts.strip());
        }
    }

    /** Takes the bar off the terminal. */
    @Override
    public void close() {
        if (drawn) {
            out.print("\r\u001b[K");
            out.flush();
        }
    }
}
