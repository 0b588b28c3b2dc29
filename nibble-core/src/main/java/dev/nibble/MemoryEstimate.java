package dev.nibble;

/**
 * Memory of a job without the page cache and the program itself, in bytes.
 *
 * @param calibration during calibration: copied weights, statistics of a pass, activations of a window
 * @param weights during quantization of the weights
 * @param together whether both phases overlap
 */
public record MemoryEstimate(long calibration, long weights, boolean together) {
    /** The peak. */
    public long bytes() {
        return together ? calibration + weights : Math.max(calibration, weights);
    }
}
