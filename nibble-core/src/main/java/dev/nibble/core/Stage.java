package dev.nibble.core;

import dev.nibble.Progress;
import dev.nibble.ProgressListener;
import java.util.concurrent.atomic.AtomicLong;

/** One stage of a long job: adds up what is done, on any thread, and tells a listener. */
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

    /** A stage of which nobody hears. */
    public static Stage silent() {
        return new Stage(ProgressListener.SILENT, "", "", 0);
    }

    /** Names what is told with the units that follow. */
    public void describe(String text) {
        detail = text;
    }

    /** {@code units} more are done. */
    public void advance(long units) {
        listener.progress(new Progress(name, unit, done.addAndGet(units), total, detail));
    }

    /** {@code units} more are done. @param what they belong to */
    public void advance(String what, long units) {
        listener.progress(new Progress(name, unit, done.addAndGet(units), total, what));
    }
}
