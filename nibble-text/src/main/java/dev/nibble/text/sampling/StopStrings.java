package dev.nibble.text.sampling;

import java.util.List;
import java.util.Optional;

/**
 * Search for stop strings in streamed text; text that may begin one is held back. The result does not depend on the split into pieces: the
 * first complete stop string counts, of several complete at once the longest.
 */
public final class StopStrings {
    private final List<String> stops;
    private final int[][] borders; // per stop string: length of the longest proper prefix of its first n chars that is also their suffix
    private final int[] matched; // per stop string: chars of it that the text now ends with
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    /**
     * Result of one piece of text.
     *
     * @param text    text that can be shown now
     * @param stop    the stop string that was found
     * @param dropped the text from the stop string on
     */
    public record Outcome(String text, Optional<String> stop, String dropped) {}

    /** @param stops none of them empty */
    public StopStrings(List<String> stops) {
        this.stops = List.copyOf(stops);
        for (String stop : this.stops) {
            if (stop.isEmpty()) {
                throw new IllegalArgumentException("a stop string is empty; it would stop everything");
            }
        }
        this.borders = this.stops.stream().map(StopStrings::borders).toArray(int[][]::new);
        this.matched = new int[this.stops.size()];
    }

    /** Takes the next piece of text; not allowed after a stop. */
    public Outcome accept(String piece) {
        if (stopped) {
            throw new IllegalStateException("the text has stopped; a new one needs new StopStrings");
        }
        for (int i = 0; i < piece.length(); i++) {
            held.append(piece.charAt(i));
            int complete = advance(piece.charAt(i));
            if (complete >= 0) {
                stopped = true;
                int from = held.length() - stops.get(complete).length();
                return new Outcome(held.substring(0, from), Optional.of(stops.get(complete)),
                        held.substring(from) + piece.substring(i + 1));
            }
        }
        return new Outcome(release(longestMatch()), Optional.empty(), "");
    }

    /** Returns the text held back, at the end of all text. */
    public String finish() {
        return stopped ? "" : release(0);
    }

    private String release(int kept) {
        int shown = held.length() - kept;
        String text = held.substring(0, shown);
        held.delete(0, shown);
        return text;
    }

    /** The index of the longest stop that ends with this character, or −1. */
    private int advance(char next) {
        int complete = -1;
        for (int s = 0; s < matched.length; s++) {
            String stop = stops.get(s);
            int length = matched[s];
            while (length > 0 && stop.charAt(length) != next) {
                length = borders[s][length];
            }
            matched[s] = stop.charAt(length) == next ? length + 1 : 0;
            if (matched[s] == stop.length() && (complete < 0 || stop.length() > stops.get(complete).length())) {
                complete = s;
            }
        }
        return complete;
    }

    private int longestMatch() {
        int longest = 0;
        for (int length : matched) {
            longest = Math.max(longest, length);
        }
        return longest;
    }

    /** Failure function of Knuth, Morris and Pratt, 1977. */
    private static int[] borders(String stop) {
        int[] borders = new int[stop.length() + 1];
        for (int i = 1, length = 0; i < stop.length(); i++) {
            while (length > 0 && stop.charAt(i) != stop.charAt(length)) {
                length = borders[length];
            }
            length += stop.charAt(i) == stop.charAt(length) ? 1 : 0;
            borders[i + 1] = length;
        }
        return borders;
    }
}
