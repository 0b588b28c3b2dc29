package dev.nibble.text.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * A range of characters as sequences of byte ranges: U+0800 to U+FFFF is E0 A0–BF 80–BF, E1–EF 80–BF 80–BF. After Thompson's construction
 * in grep, as in RE2.
 */
final class Utf8Ranges {
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, Character.MAX_CODE_POINT};
    private static final int CONTINUATION_BITS = 6;
    private static final int CONTINUATION = 0x80;
    private static final int[] LEAD = {0, 0xC0, 0xE0, 0xF0};

    private Utf8Ranges() {}

    /** Range of one byte, both ends included. */
    record ByteRange(int first, int last) {}

    /** The sequences of all characters in the set, by rising first character. */
    static List<List<ByteRange>> of(CodePoints set) {
        List<List<ByteRange>> sequences = new ArrayList<>();
        for (CodePoints.Range range : set.ranges()) {
            int first = range.first();
            for (int length = 1; length <= LAST_OF_LENGTH.length; length++) {
                int last = Math.min(range.last(), LAST_OF_LENGTH[length - 1]);
                if (first <= last) {
                    split(first, last, length, sequences);
                    first = last + 1;
                }
            }
        }
        return sequences;
    }

    /** Splits until the bytes after the first differing one take all values. */
    private static void split(int first, int last, int length, List<List<ByteRange>> sequences) {
        for (int bytes = 1; bytes < length; bytes++) {
            int low = (1 << bytes * CONTINUATION_BITS) - 1;
            if ((first & ~low) != (last & ~low)) {
                if ((first & low) != 0) {
                    split(first, first | low, length, sequences);
                    split((first | low) + 1, last, length, sequences);
                    return;
                }
                if ((last & low) != low) {
                    split(first, (last & ~low) - 1, length, sequences);
                    split(last & ~low, last, length, sequences);
                    return;
                }
            }
        }
        List<ByteRange> sequence = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            sequence.add(new ByteRange(octet(first, i, length), octet(last, i, length)));
        }
        sequences.add(sequence);
    }

    private static int octet(int codePoint, int index, int length) {
        int bits = codePoint >> (length - 1 - index) * CONTINUATION_BITS;
        return index == 0 ? LEAD[length - 1] | bits : CONTINUATION | bits & (1 << CONTINUATION_BITS) - 1;
    }
}
