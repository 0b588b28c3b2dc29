package dev.nibble.core.linalg;

import java.util.Map;

/**
 * Hadamard matrices of four symmetric circulant blocks of signs with A² + B² + C² + D² = 4n · I. Williamson 1944, "Hadamard's determinant
 * theorem and the sum of four squares"; the blocks are those of the matrices in N. Sloane's library of Hadamard matrices.
 *
 * <pre>
 *    A  B  C  D
 *   −B  A −D  C
 *   −C  D  A −B
 *   −D −C  B  A
 * </pre>
 */
final class Williamson {
    /** The first rows of A, B, C and D by order, up to the middle; the rest mirrors them, the first sign left out. */
    private static final Map<Integer, String> ROWS = Map.of(
            52, "+-+--++ +---+++ ++-+--+ +----+-",
            116, "++--+--+-+++-++ ++++-++-+---+++ +-+---++--+-+++ +++---++--+-+--",
            124, "+--+++-+--+----+ +--+++-+--+----+ +-----+++-+-+--+ ++++++---+-+-++-",
            156, "+++--+-+-----+--++-- ++++---+--++----+-+- +++--++-+---+-+--+-- +---++-+-+-----+++-+",
            172, "+---++--++++-+-+++-++- ++-++++++----+-+--++-+ +++-+-++--+-+-++++-+-- ++---++++-+--+--++----");
    private static final int[][] BLOCKS = {{0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}};
    private static final int[][] SIGNS = {{1, 1, 1, 1}, {-1, 1, -1, 1}, {-1, 1, 1, -1}, {-1, -1, 1, 1}};

    private Williamson() {}

    static boolean has(int order) {
        return ROWS.containsKey(order);
    }

    static byte[][] ofOrder(int order) {
        String[] rows = ROWS.get(order).split(" ");
        int side = order / 4;
        byte[][] signs = new byte[order][order];
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                int distance = Math.abs(i % side - j % side);
                char sign = rows[BLOCKS[i / side][j / side]].charAt(Math.min(distance, side - distance));
                signs[i][j] = (byte) (SIGNS[i / side][j / side] * (sign == '+' ? 1 : -1));
            }
        }
        return signs;
    }
}
