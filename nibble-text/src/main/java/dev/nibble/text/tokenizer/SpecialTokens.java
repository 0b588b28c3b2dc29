package dev.nibble.text.tokenizer;

import java.util.OptionalInt;
import java.util.Set;

/**
 * Special tokens of a vocabulary.
 *
 * @param bos             begins a text
 * @param eos             ends a text
 * @param endOfGeneration all ids that end generation: ends of texts, turns and messages
 * @param addsBos         whether the model expects its begin token before every text
 * @param addsEos         whether it expects its end token after every text
 */
public record SpecialTokens(OptionalInt bos, OptionalInt eos, Set<Integer> endOfGeneration, boolean addsBos, boolean addsEos) {
    public SpecialTokens {
        endOfGeneration = Set.copyOf(endOfGeneration);
    }
}
