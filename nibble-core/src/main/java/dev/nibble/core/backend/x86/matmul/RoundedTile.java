package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;

/**
 * How the rounded activations of some tokens lie in memory: one record after the other, each of 32 columns of every token.
 *
 * <pre>
 *   int8   codes[tokens][32]     x ≈ step · code, rounded half to even
 *   float  step[tokens]          the largest magnitude of the 32 / 127
 *   int    start[2][tokens]      −zero · sum of the codes: of all 32, or of each half
 *   float  sum[2][tokens]        step · sum of the codes, likewise
 * </pre>
 *
 * @param tokens 1 to {@link #MOST}
 */
record RoundedTile(int tokens) {
    /** As many sums as AVX-512 has registers for. */
    static final int MOST = 12;
    /** The largest code of an activation. */
    static final int LARGEST = 127;
    private static final int LINE = 64;

    /** How many products of a pair of codes, each of weights and activations, can be added in 16 bits; 0 if not even one is held. */
    static int pairsInShort(int largest) {
        return Short.MAX_VALUE / (2 * LARGEST * largest);
    }

    /** Bytes of a record. */
    int stride() {
        return Math.ceilDiv(tokens * (RowFormat.SUB_BLOCK + 5 * Float.BYTES), LINE) * LINE;
    }

    int codes(int token) {
        return token * RowFormat.SUB_BLOCK;
    }

    int step(int token) {
        return field(0, token);
    }

    int start(int half, int token) {
        return field(1 + half, token);
    }

    int sum(int half, int token) {
        return field(3 + half, token);
    }

    private int field(int number, int token) {
        return tokens * (RowFormat.SUB_BLOCK + number * Float.BYTES) + token * Float.BYTES;
    }

    /** The address of something in the record that is {@code record} after the one RSI points to. */
    Mem at(int record, int offset) {
        return Mem.at(Gpr.RSI, record * stride() + offset);
    }
}
