package dev.nibble.core.backend.x86.matmul;

/**
 * How matrices lie in memory for AMX: as tiles of 16 lines of 64 bytes, each of 32 columns, one tile after the other through a row.
 *
 * <pre>
 *   activations  bf16 [16 tokens][32 columns]
 *   weights      bf16 [16 pairs of columns][16 rows][2]
 * </pre>
 */
final class AmxTiles {
    /** Columns of a tile. */
    static final int COLUMNS = 32;
    /** Tokens, or rows of weights, of a tile. */
    static final int ROWS = 16;
    static final int LINE = 64;
    static final int BYTES = ROWS * LINE;

    private AmxTiles() {}
}
