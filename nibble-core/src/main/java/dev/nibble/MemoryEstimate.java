package dev.nibble;

/**
 * Memory that a job will take beside the page cache and the program itself, in bytes.
 *
 * @param calibration during calibration: copied weights, the statistics of a pass, and the state of a window
 * @param weights during the choice of codes
 * @param together whether both happen at the same time
 */
public record MemoryEstimate(long calibration, long weights, boolean together) {
    /** The peak. */
    public long bytes() {
        return together ? calibration + weights : Math.max(calibration, weights);
    }
}
