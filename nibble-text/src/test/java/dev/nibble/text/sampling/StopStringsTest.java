package dev.nibble.text.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    /** Result of a whole text: the text shown, the stop, and the text dropped. */
    private record Seen(String shown, Optional<String> stop, String dropped) {}

    @Test
    void everySplitShowsTheSame() {
        long seed = 17;
        RandomGenerator random = SamplerStepsTest.generator(seed);
        for (int trial = 0; trial < 2000; trial++) {
            List<String> stops = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                stops.add(word(random, random.nextInt(1, 5)));
            }
            String text = word(random, random.nextInt(9));
            Seen expected = searched(stops, text);
            for (int cuts = 0; cuts < 1 << Math.max(0, text.length() - 1); cuts++) {
                assertEquals(expected, streamed(stops, text, cuts), "seed " + seed + " stops " + stops + " text " + text + " cuts " + cuts);
            }
        }
    }

    private static String word(RandomGenerator random, int length) {
        return random.ints(length, 'a', 'c').collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    /** The stop whose end comes first in the whole text, the longest of those. */
    private static Seen searched(List<String> stops, String text) {
        for (int end = 1; end <= text.length(); end++) {
            String until = text.substring(0, end);
            Optional<String> stop = stops.stream().filter(until::endsWith).max(java.util.Comparator.comparingInt(String::length));
            if (stop.isPresent()) {
                int from = end - stop.get().length();
                return new Seen(text.substring(0, from), stop, text.substring(from));
            }
        }
        return new Seen(text, Optional.empty(), "");
    }

    private static Seen streamed(List<String> stops, String text, int cuts) {
        StopStrings matcher = new StopStrings(stops);
        StringBuilder shown = new StringBuilder();
        int from = 0;
        for (int i = 1; i <= text.length(); i++) {
            if (i == text.length() || (cuts >> i - 1 & 1) == 1) {
                StopStrings.Outcome outcome = matcher.accept(text.substring(from, i));
                shown.append(outcome.text());
                if (outcome.stop().isPresent()) {
                    assertEquals("", matcher.finish());
                    return new Seen(shown.toString(), outcome.stop(), outcome.dropped() + text.substring(i));
                }
                assertHoldsNoMoreThanNeeded(stops, text.substring(0, i), shown.toString());
                from = i;
            }
        }
        return new Seen(shown + matcher.finish(), Optional.empty(), "");
    }

    private static void assertHoldsNoMoreThanNeeded(List<String> stops, String text, String shown) {
        String held = text.substring(shown.length());
        assertTrue(held.isEmpty() || stops.stream().anyMatch(stop -> stop.startsWith(held)), () -> "held back " + held + " for " + stops);
        for (int longer = held.length() + 1; longer <= text.length(); longer++) {
            String more = text.substring(text.length() - longer);
            assertTrue(stops.stream().noneMatch(stop -> stop.startsWith(more)), () -> "showed the beginning of a stop: " + more);
        }
    }

    @Test
    void showsAtOnceWhatCannotStop() {
        StopStrings stops = new StopStrings(List.of("\n\nUser:", "</s>"));
        assertEquals("Hello", stops.accept("Hello\n").text());
        assertEquals("\n World ", stops.accept(" World </").text());
        assertEquals(new StopStrings.Outcome("", Optional.of("</s>"), "</s>more"), stops.accept("s>more"));
        assertThrows(IllegalStateException.class, () -> stops.accept("x"));
    }

    @Test
    void noStopHoldsNothing() {
        StopStrings none = new StopStrings(List.of());
        assertEquals(new StopStrings.Outcome("text", Optional.empty(), ""), none.accept("text"));
        assertThrows(IllegalArgumentException.class, () -> new StopStrings(List.of("a", "")));
    }
}
