package dev.nibble;

/**
 * Estimated time of a job.
 *
 * @param calibration seconds for calibration
 * @param weights seconds for the choice of codes, scales included
 * @param threads number of threads
 */
public record TimeEstimate(double calibration, double weights, int threads) {
    public double seconds() {
        return calibration + weights;
    }
}
