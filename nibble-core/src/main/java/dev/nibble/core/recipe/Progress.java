package dev.nibble.core.recipe;

/** Told how far a long job is; called from several threads at once. */
@FunctionalInterface
public interface Progress {
    /** Says nothing to anyone. */
    Progress SILENT = (tensor, bytes) -> {};

    /** {@code bytes} more of the source, of tensor {@code tensor}, are done. */
    void advance(String tensor, long bytes);
}
