package dev.nibble.core.linalg;

import java.util.Optional;

/**
 * Hadamard matrices of orders that are no powers of two: H of signs, H · Hᵀ = order · I. There are many of every order. These are the ones that
 * QuIP#, QuaRot and others multiply with, rows and columns in the same order, by how they are constructed.
 */
public final class HadamardMatrix {
    private HadamardMatrix() {}

    /** The rows of the matrix, each number 1 or −1; empty where there is none in the list. */
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
