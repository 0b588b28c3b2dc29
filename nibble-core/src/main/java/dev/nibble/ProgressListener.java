package dev.nibble;

/**
 * Told how far a long job is, and what a user should know meanwhile. Called by the threads that do the work, several at once: return soon.
 *
 * <pre>{@code
 * ProgressListener listener = progress -> System.err.printf("%s %.0f %%%n", progress.stage(), progress.percent());
 * }</pre>
 */
@FunctionalInterface
public interface ProgressListener {
    /** Listens to nothing. */
    ProgressListener SILENT = progress -> {};

    /** More is done. */
    void progress(Progress progress);

    /** Something worth knowing, such as the text that a model is calibrated on. */
    default void note(String message) {}

    /** Something that makes the result worse than it could be, or another than expected. */
    default void warning(String message) {}
}
