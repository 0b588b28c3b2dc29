package dev.nibble;

/**
 * Listener to the progress, notes and warnings of a long job. Called by the working threads, several at once: return soon.
 *
 * <pre>{@code
 * ProgressListener listener = progress -> System.err.printf("%s %.0f %%%n", progress.stage(), progress.percent());
 * }</pre>
 */
@FunctionalInterface
public interface ProgressListener {
    /** Ignores everything. */
    ProgressListener SILENT = progress -> {};

    /** Reports progress. */
    void progress(Progress progress);

    /** Reports a note, such as the calibration text used. */
    default void note(String message) {}

    /** Reports a cause of a worse or unexpected result. */
    default void warning(String message) {}
}
