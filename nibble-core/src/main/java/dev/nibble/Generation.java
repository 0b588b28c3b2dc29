package dev.nibble;

import dev.nibble.text.sampling.TokenChoice;
import java.util.List;

/**
 * A whole answer.
 *
 * @param seed that tokens were drawn with; given once more, it gives the same answer
 */
public record Generation(String text, List<TokenChoice> tokens, FinishReason finish, Timings timings, long seed) {
    public Generation {
        tokens = List.copyOf(tokens);
    }
}
