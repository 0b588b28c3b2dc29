package dev.nibble.text.grammar;

/** Element of an alternative. */
sealed interface Symbol {
    /**
     * One byte in one of several ranges, which do not overlap.
     *
     * @param to step after each range: for the next byte of the character, or after it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Bytes(int[] first, int[] last, Step[] to) implements Symbol {
        /** Returns the index of the range that contains the byte, or −1. */
        int range(int b) {
            for (int i = 0; i < first.length; i++) {
                if (first[i] <= b && b <= last[i]) {
                    return i;
                }
            }
            return -1;
        }
    }

    /** One of the rule's alternatives. */
    record Call(Rule rule) implements Symbol {}

    /** The body repeated; an empty repetition does not count. */
    record Repetition(Rule body, int minWritten, int max) implements Symbol {
        /** Required repetitions; none of a body that may be empty. */
        int min() {
            return body.nullable() ? 0 : minWritten;
        }

        /** The count after one more repetition; without an upper bound it stops at the minimum. */
        int counted(int count) {
            return max == GrammarExpression.Repeat.UNBOUNDED ? Math.min(count + 1, Math.max(1, min())) : count + 1;
        }
    }
}
