package dev.nibble.core.backend.vector;

/** Reusable scratch memory of one thread. */
final class DecodedRows {
    /** Columns decoded at once: four rows of them and a token fit the first-level cache. */
    static final int COLUMNS = 1024;
    /** Rows decoded at once for many tokens. */
    static final int ROWS = 32;
    /** Tokens that share decoded rows. */
    static final int TOKENS = 128;

    private final float[] panel = new float[ROWS * COLUMNS];
    private float[] laneSums = new float[ROWS * LaneSum.COUNT];

    float[] panel() {
        return panel;
    }

    /** Accumulators for {@code sums} sums, not cleared. */
    float[] laneSums(int sums) {
        if (laneSums.length < sums * LaneSum.COUNT) {
            laneSums = new float[sums * LaneSum.COUNT];
        }
        return laneSums;
    }
}
