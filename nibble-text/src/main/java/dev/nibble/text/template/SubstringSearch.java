package dev.nibble.text.template;

/** Search for a text in linear time (Knuth, Morris, Pratt). */
final class SubstringSearch {
    private static final int SHORT = 16;

    private final String text;
    private final int[] borders;

    SubstringSearch(String text) {
        this.text = text;
        this.borders = text.length() > SHORT ? borders(text) : new int[0];
    }

    /** First index from {@code from} on, or −1. */
    int in(String hay, int from) {
        if (text.length() <= SHORT) {
            return from > hay.length() ? -1 : hay.indexOf(text, from);
        }
        int matched = 0;
        for (int i = from; i < hay.length(); i++) {
            while (matched > 0 && hay.charAt(i) != text.charAt(matched)) {
                matched = borders[matched - 1];
            }
            if (hay.charAt(i) == text.charAt(matched)) {
                matched++;
            }
            if (matched == text.length()) {
                return i + 1 - matched;
            }
        }
        return -1;
    }

    /** Index of the last occurrence that ends at or before {@code end}, or −1. */
    int lastIn(String hay, int end) {
        String reversed = new StringBuilder(hay.substring(0, end)).reverse().toString();
        int found = new SubstringSearch(new StringBuilder(text).reverse().toString()).in(reversed, 0);
        return found < 0 ? -1 : end - found - text.length();
    }

    /** Failure function: for each prefix the length of its longest proper prefix that is also its suffix. */
    private static int[] borders(String text) {
        int[] borders = new int[text.length()];
        for (int i = 1; i < text.length(); i++) {
            int length = borders[i - 1];
            while (length > 0 && text.charAt(i) != text.charAt(length)) {
                length = borders[length - 1];
            }
            borders[i] = text.charAt(i) == text.charAt(length) ? length + 1 : 0;
        }
        return borders;
    }
}
