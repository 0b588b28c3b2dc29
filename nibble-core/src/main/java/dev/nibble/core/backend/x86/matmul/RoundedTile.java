package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;

/**
 * Memory layout of the quantized activations of some tokens: consecutive records of 32 columns of every token.
 *
 * <pre>
 *   int8   codes[tokens][32]     x ≈ step · code, rounding half to even
 *   float  step[tokens]          largest magnitude of the 32 / 127
 *   int    start[2][tokens]      −zero · sum of the codes: per 32, or per half
 *   float  sum[2][tokens]        step · sum of the codes, likewise
 * </pre>
 *
 * @param tokens 1 to {@link #MAX_TOKENS}
 */
record RoundedTile(int tokens) {
    /** Limit of AVX-512's registers for sums. */
    static final int MAX_TOKENS = 12;
    /** The largest code of an activation. */
    static final int LARGEST = 127;
    private static final int LINE = 64;

    /** Number of sums of two products, of weight and activation codes, that can be added in 16 bits; 0 if not even one fits. */
    static int pairsInShort(int largest) {
        return Short.MAX_VALUE / (2 * LARGEST * largest);
    }

    /** Size of a record, in bytes. */
    int stride() {
        return Math.ceilDiv(tokens * (RowFormat.SUB_BLOCK + 5 * Float.BYTES), LINE) * LINE;
    }

    int codesOffset(int token) {
        return token * RowFormat.SUB_BLOCK;
    }

    int stepOffset(int token) {
        return field(0, token);
    }

    int startOffset(int half, int token) {
        return field(1 + half, token);
    }

    int sumOffset(int half, int token) {
        return field(3 + half, token);
    }

    private int field(int number, int token) {
        return tokens * (RowFormat.SUB_BLOCK + number * Float.BYTES) + token * Float.BYTES;
    }

    /** Address in record {@code record} from RSI on. */
    Mem at(int record, int offset) {
        return Mem.at(Gpr.RSI, record * stride() + offset);
    }
}
