package dev.nibble.core.pipeline;

/**
 * What types are chosen for: a size that a file must not exceed, or a divergence that its predictions must not.
 *
 * @param bytes of the file; 0 if the divergence is given
 * @param maxKl in nats per token; 0 if the size is given
 */
public record Budget(long bytes, double maxKl) {
    public Budget {
        if (bytes < 0 || !(maxKl >= 0) || (bytes > 0) == (maxKl > 0)) {
            throw new IllegalArgumentException("a budget of " + bytes + " bytes and a mean KL of " + maxKl + ", expected one above 0");
        }
    }
}
