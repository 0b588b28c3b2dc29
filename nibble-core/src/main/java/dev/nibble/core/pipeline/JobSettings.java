package dev.nibble.core.pipeline;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;

/**
 * How a job is run.
 *
 * @param computing what computes
 * @param overwrite whether a result that is there may be replaced
 * @param resume    whether to go on from the journal of a run that did not end
 */
public record JobSettings(Loading computing, boolean overwrite, boolean resume, ProgressListener listener) {
    int threads() {
        return computing.threads();
    }

    LoadOptions loading() {
        return computing.options();
    }
}
