package dev.nibble.core.backend.vector;

/** What one thread works in, kept from call to call. */
final class DecodedRows {
    /** Columns that are decoded at once: four rows of them and a token stay in the fastest cache. */
    static final int COLUMNS = 1024;
    /** Rows that are decoded at once for many tokens. */
    static final int ROWS = 32;
    /** Tokens that share what was decoded. */
    static final int TOKENS = 128;

    private final float[] panel = new float[ROWS * COLUMNS];
    private float[] laneSums = new float[ROWS * LaneSum.COUNT];

    float[] panel() {
        return panel;
    }

    /** Strands for so many sums, not cleared. */
    float[] laneSums(int sums) {
        if (laneSums.length < sums * LaneSum.COUNT) {
            laneSums = new float[sums * LaneSum.COUNT];
        }
        return laneSums;
    }
}
