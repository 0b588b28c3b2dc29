package dev.nibble.core.pipeline;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;

/**
 * Settings of a job that do not affect its result, except the backend.
 *
 * @param computing choice of the backend
 * @param overwrite whether an existing result may be replaced
 * @param resume whether to continue from the journal of an interrupted run
 */
public record JobSettings(BackendChoice computing, boolean overwrite, boolean resume, ProgressListener listener) {
    int threads() {
        return computing.threads();
    }

    LoadOptions loading() {
        return computing.options();
    }
}
