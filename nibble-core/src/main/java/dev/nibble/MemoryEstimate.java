package dev.nibble;

/**
 * Bytes that a job will take beside the page cache and the program itself.
 *
 * @param calibration while the model is walked over the text: what of it is copied, the statistics of a pass, and the state of a window
 * @param weights     while codes are chosen
 * @param together    whether both are at the same time
 */
public record MemoryEstimate(long calibration, long weights, boolean together) {
    /** At most so much at a time. */
    public long bytes() {
        return together ? calibration + weights : Math.max(calibration, weights);
    }
}
