package dev.nibble;

/**
 * About how long a job will take.
 *
 * @param calibration seconds for the inputs of layers
 * @param weights     seconds for choosing codes, scales included
 * @param threads     that share the work
 */
public record TimeEstimate(double calibration, double weights, int threads) {
    public double seconds() {
        return calibration + weights;
    }
}
