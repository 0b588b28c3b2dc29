package dev.nibble.core.linalg;

import java.util.Optional;

/**
 * Hadamard matrices of orders that are not powers of two: H of signs, H · Hᵀ = order · I. There are many of each order; these are those of
 * QuIP#, QuaRot and others, rows and columns in the same order, listed by construction.
 */
public final class HadamardMatrix {
    private HadamardMatrix() {}

    /** The rows of the matrix, each entry 1 or −1; empty if the list has none of this order. */
    public static Optional<byte[][]> ofOrder(int order) {
        return switch (order) {
            case 12, 20, 60, 108, 140 -> Optional.of(Paley.first(order - 1));
            case 28, 36 -> Optional.of(Paley.second(order / 2 - 1));
            default -> Williamson.has(order) ? Optional.of(Williamson.ofOrder(order)) : Optional.empty();
        };
    }

    /** The order K for vectors of {@code size = K · 2ᵐ} numbers, four times an odd number: 172 for 11008; 1 for a power of two. */
    public static int orderFor(int size) {
        int odd = size / Integer.lowestOneBit(size);
        return odd == 1 ? 1 : Math.multiplyExact(4, odd);
    }
}
