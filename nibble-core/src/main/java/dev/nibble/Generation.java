package dev.nibble;

import dev.nibble.text.sampling.TokenChoice;
import java.util.List;

/**
 * A complete answer.
 *
 * @param seed seed of the random generator; the same seed gives the same answer
 */
public record Generation(String text, List<TokenChoice> tokens, FinishReason finish, Timings timings, long seed) {
    public Generation {
        tokens = List.copyOf(tokens);
    }
}
