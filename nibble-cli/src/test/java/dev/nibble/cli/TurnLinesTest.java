package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TurnLinesTest {
    @Test
    void oneLineIsATurn() {
        assertThat(turn("hello")).isEqualTo("hello");
        assertThat(turn("")).isEmpty();
    }

    @Test
    void aBackslashGoesOn() {
        assertThat(turn("one \\", "two\\", "three")).isEqualTo("one \ntwo\nthree");
    }

    @Test
    void tripleQuotesHoldManyLines() {
        assertThat(turn("\"\"\"one", "", "two \\", "three\"\"\"")).isEqualTo("one\n\ntwo \\\nthree");
        assertThat(turn("\"\"\"", "one", "\"\"\"")).isEqualTo("one");
        assertThat(turn("\"\"\"one\"\"\"")).isEqualTo("one");
    }

    /** Asserts that only the last line completes the turn. */
    private static String turn(String... lines) {
        TurnLines turn = new TurnLines();
        for (String line : List.of(lines).subList(0, lines.length - 1)) {
            assertThat(turn.add(line)).as(line).isFalse();
            assertThat(turn.begun()).isTrue();
        }
        assertThat(turn.add(lines[lines.length - 1])).isTrue();
        return turn.text();
    }
}
