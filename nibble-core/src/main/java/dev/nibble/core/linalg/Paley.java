package dev.nibble.core.linalg;

import java.util.Arrays;

/**
 * Hadamard matrices from the squares modulo a prime q. Q[i][j] = χ(i − j), where χ is 1 for squares, −1 for non-squares, and 0 for 0. Paley
 * 1933, "On orthogonal matrices".
 */
final class Paley {
    private Paley() {}

    /**
     * The first construction, of order q + 1. The matrix less I is skew.
     *
     * <pre>
     *   1   −1 … −1
     *   ⋮    Q + I
     *   1
     * </pre>
     *
     * @param prime q = 3 modulo 4
     */
    static byte[][] first(int prime) {
        byte[][] signs = bordered(prime, -1);
        for (int i = 0; i <= prime; i++) {
            signs[i][i] = 1;
        }
        return signs;
    }

    /**
     * The second construction, of order 2q + 2. The matrix is symmetric.
     *
     * <pre>
     *   C + I   C − I             0   1 … 1
     *   C − I  −C − I    with C = ⋮     Q
     *                             1
     * </pre>
     *
     * @param prime q = 1 modulo 4
     */
    static byte[][] second(int prime) {
        byte[][] c = bordered(prime, 1);
        int half = c.length;
        byte[][] signs = new byte[2 * half][2 * half];
        for (int i = 0; i < half; i++) {
            for (int j = 0; j < half; j++) {
                int one = i == j ? 1 : 0;
                signs[i][j] = (byte) (c[i][j] + one);
                signs[i][half + j] = (byte) (c[i][j] - one);
                signs[half + i][j] = (byte) (c[i][j] - one);
                signs[half + i][half + j] = (byte) (-c[i][j] - one);
            }
        }
        return signs;
    }

    /** Q under a row of {@code top} and beside a column of ones; zeros in the diagonal. */
    private static byte[][] bordered(int prime, int top) {
        byte[] character = new byte[prime];
        Arrays.fill(character, (byte) -1);
        for (int i = 1; i < prime; i++) {
            character[i * i % prime] = 1;
        }
        character[0] = 0;
        byte[][] signs = new byte[prime + 1][prime + 1];
        for (int i = 1; i <= prime; i++) {
            signs[0][i] = (byte) top;
            signs[i][0] = 1;
            for (int j = 1; j <= prime; j++) {
                signs[i][j] = character[Math.floorMod(i - j, prime)];
            }
        }
        return signs;
    }
}
