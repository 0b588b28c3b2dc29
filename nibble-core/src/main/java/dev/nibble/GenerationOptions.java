package dev.nibble;

import dev.nibble.text.grammar.Grammar;
import dev.nibble.text.sampling.SamplingOptions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Options of an answer.
 *
 * @param maxTokens maximum number of tokens; −1 for as many as fit the context
 * @param sampling sampling of the tokens
 * @param stops strings that end the answer and are not part of it
 * @param grammar grammar the answer must match
 * @param alternatives number of most probable tokens to report with each token; 0 for none
 * @param ignoreEnd whether the answer continues past end tokens
 */
public record GenerationOptions(int maxTokens, SamplingOptions sampling, List<String> stops, Optional<Grammar> grammar, int alternatives,
        boolean ignoreEnd) {
    /** llama.cpp's default sampling, until the model produces an end token. */
    public static final GenerationOptions DEFAULTS = new GenerationOptions(-1, SamplingOptions.DEFAULTS, List.of(), Optional.empty(), 0,
            false);

    public GenerationOptions {
        stops = List.copyOf(stops);
        if (stops.contains("")) {
            throw new IllegalArgumentException("a stop string is empty; it would stop everything");
        }
        if (maxTokens < -1) {
            throw new IllegalArgumentException("maxTokens is " + maxTokens + ", expected −1 (no limit) or more");
        }
    }

    public GenerationOptions withMaxTokens(int tokens) {
        return new GenerationOptions(tokens, sampling, stops, grammar, alternatives, ignoreEnd);
    }

    public GenerationOptions with(SamplingOptions otherSampling) {
        return new GenerationOptions(maxTokens, otherSampling, stops, grammar, alternatives, ignoreEnd);
    }

    /** A copy with a seed: a fresh one if none was given. */
    public GenerationOptions seeded() {
        return sampling.seed().isPresent() ? this : with(sampling.withSeed(ThreadLocalRandom.current().nextLong() >>> 1));
    }

    public GenerationOptions withStops(String... strings) {
        return new GenerationOptions(maxTokens, sampling, List.of(strings), grammar, alternatives, ignoreEnd);
    }

    public GenerationOptions with(Grammar otherGrammar) {
        return new GenerationOptions(maxTokens, sampling, stops, Optional.of(otherGrammar), alternatives, ignoreEnd);
    }

    public GenerationOptions withAlternatives(int count) {
        return new GenerationOptions(maxTokens, sampling, stops, grammar, count, ignoreEnd);
    }

    public GenerationOptions withIgnoreEnd(boolean ignore) {
        return new GenerationOptions(maxTokens, sampling, stops, grammar, alternatives, ignore);
    }
}
