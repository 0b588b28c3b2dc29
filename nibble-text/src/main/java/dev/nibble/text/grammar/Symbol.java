package dev.nibble.text.grammar;

/** Element of an alternative. */
sealed interface Symbol {
    /**
     * One byte in one of several ranges, which do not overlap.
     *
     * @param to where each range leads: to the next byte of the character, or behind it
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

    /** The body several times; an empty repetition is none. */
    record Repetition(Rule body, int minWritten, int max) implements Symbol {
        /** A body that may be empty may be left out as often as it is there. */
        int min() {
            return body.nullable() ? 0 : minWritten;
        }

        /** The repetitions to remember after one more than {@code count}; without an upper bound those beyond the least are all the same. */
        int counted(int count) {
            return max == Expression.Repeat.UNBOUNDED ? Math.min(count + 1, Math.max(1, min())) : count + 1;
        }
    }
}
