package dev.nibble.text.tokenizer;

import java.util.OptionalInt;
import java.util.Set;

/**
 * The ids that mean something to the model rather than to a reader.
 *
 * @param bos             begins a text
 * @param eos             ends a text
 * @param endOfGeneration all at which generation stops: ends of texts, turns and messages
 * @param addsBos         whether the model wants its begin token before every text
 * @param addsEos         whether it wants its end token behind
 */
public record SpecialTokens(OptionalInt bos, OptionalInt eos, Set<Integer> endOfGeneration, boolean addsBos, boolean addsEos) {
    public SpecialTokens {
        endOfGeneration = Set.copyOf(endOfGeneration);
    }
}
