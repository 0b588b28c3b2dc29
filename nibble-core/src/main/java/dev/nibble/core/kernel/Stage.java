package dev.nibble.core.kernel;

import dev.nibble.Progress;
import dev.nibble.ProgressListener;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One stage of a long job: counts the work done, from any thread, and tells a listener. A thread that was interrupted ends here, with an
 * {@link InterruptedIOException} in an {@link UncheckedIOException}.
 */
public final class Stage {
    private final ProgressListener listener;
    private final String name;
    private final String unit;
    private final long total;
    private final AtomicLong done = new AtomicLong();
    private volatile String detail = "";

    /** @param total units of the whole stage */
    public Stage(ProgressListener listener, String name, String unit, long total) {
        this.listener = listener;
        this.name = name;
        this.unit = unit;
        this.total = total;
    }

    /** A stage without a listener. */
    public static Stage silent() {
        return new Stage(ProgressListener.SILENT, "", "", 0);
    }

    /** Sets the detail reported with the following units. */
    public void describe(String text) {
        detail = text;
    }

    /** Adds {@code units} done. */
    public void advance(long units) {
        advance(detail, units);
    }

    /** Adds {@code units} done. @param what item they belong to */
    public void advance(String what, long units) {
        tell(done.addAndGet(units), what);
    }

    /** Sets the units done so far. @param what current item */
    public void reach(long units, String what) {
        done.set(units);
        tell(units, what);
    }

    private void tell(long units, String what) {
        if (Thread.currentThread().isInterrupted()) {
            throw new UncheckedIOException(new InterruptedIOException("interrupted while " + name));
        }
        listener.progress(new Progress(name, unit, units, total, what));
    }
}
