package dev.nibble.core.layout;

import java.math.BigInteger;

/** Hadamard matrices of order K · 2ᵐ as in QuIP#'s program, entry by entry, for K of 12, 20 and 28. */
final class PaleyMatrices {
    private PaleyMatrices() {}

    /** The quadratic character, by Euler's criterion. */
    private static int character(int number, int prime) {
        int power = BigInteger.valueOf(Math.floorMod(number, prime)).modPow(BigInteger.valueOf((prime - 1) / 2), BigInteger.valueOf(prime))
                .intValue();
        return power == prime - 1 ? -1 : power;
    }

    private static int sign(int i, int j, int order) {
        if (order == 1) {
            return 1;
        }
        if (order == 28) {
            int conference = i % 14 == 0 || j % 14 == 0 ? i % 14 == j % 14 ? 0 : 1 : character(i % 14 - j % 14, 13);
            int diagonal = i % 14 == j % 14 ? 1 : 0;
            return i < 14 ? conference + (j < 14 ? diagonal : -diagonal) : (j < 14 ? conference : -conference) - diagonal;
        }
        if (i == j || j == 0) {
            return 1;
        }
        return i == 0 ? -1 : character(i - j, order - 1);
    }

    static double[][] hadamard(int size) {
        int stretch = size;
        for (int order : new int[]{12, 20, 28}) {
            stretch = size % order == 0 ? size / order : stretch;
        }
        int[][] signs = new int[size / stretch][size / stretch];
        for (int i = 0; i < signs.length; i++) {
            for (int j = 0; j < signs.length; j++) {
                signs[i][j] = sign(i, j, signs.length);
            }
        }
        double[][] matrix = new double[size][size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                int walsh = Integer.bitCount(i % stretch & j % stretch) % 2 == 0 ? 1 : -1;
                matrix[i][j] = signs[i / stretch][j / stretch] * walsh / Math.sqrt(size);
            }
        }
        return matrix;
    }
}
