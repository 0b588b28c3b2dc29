package dev.nibble;

/**
 * Estimated time of a job.
 *
 * @param calibration seconds for calibration
 * @param weights seconds for quantization of the weights, scale search included
 * @param threads number of threads
 */
public record TimeEstimate(double calibration, double weights, int threads) {
    public double seconds() {
        return calibration + weights;
    }
}
