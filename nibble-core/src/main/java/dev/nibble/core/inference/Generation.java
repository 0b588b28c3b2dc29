package dev.nibble.core.inference;

import dev.nibble.core.sampling.TokenChoice;
import java.util.List;

/** A whole answer. */
public record Generation(String text, List<TokenChoice> tokens, FinishReason finish, Timings timings) {
    public Generation {
        tokens = List.copyOf(tokens);
    }
}
