package dev.nibble.core.pipeline;

/**
 * Budget for the choice of types: an upper bound of the file's size, or of its divergence from the original.
 *
 * @param bytes size of the file; 0 if the divergence is given
 * @param maxKl divergence in nats per token; 0 if the size is given
 */
public record Budget(long bytes, double maxKl) {
    public Budget {
        if (bytes < 0 || !(maxKl >= 0) || (bytes > 0) == (maxKl > 0)) {
            throw new IllegalArgumentException("a budget of " + bytes + " bytes and a mean KL of " + maxKl + ", expected one above 0");
        }
    }
}
