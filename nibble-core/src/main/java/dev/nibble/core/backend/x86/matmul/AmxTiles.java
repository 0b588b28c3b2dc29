package dev.nibble.core.backend.x86.matmul;

/**
 * Memory layout of matrices for AMX: tiles of 16 lines of 64 bytes, each of 32 columns; the tiles of a row are contiguous.
 *
 * <pre>
 *   activations  bf16 [16 tokens][32 columns]
 *   weights      bf16 [16 pairs of columns][16 rows][2]
 * </pre>
 */
final class AmxTiles {
    /** Columns per tile. */
    static final int COLUMNS = 32;
    /** Tokens, or rows of weights, per tile. */
    static final int ROWS = 16;
    static final int LINE = 64;
    static final int BYTES = ROWS * LINE;

    private AmxTiles() {}
}
