package dev.nibble;

import java.util.List;

/**
 * How surprised a model is by a text: {@code e^(mean of −log p(token | tokens before it in the window))}.
 *
 * @param windows       in the text
 * @param tokens        scored
 * @param nll           mean negative logarithm of the probability of a token, in nats
 * @param perplexity    {@code e^nll}
 * @param standardError of the perplexity: {@code perplexity · √(variance of a token's nll / (tokens − 1))}, as llama.cpp has it; tokens are
 *                      taken for independent, which they are not
 * @param running       the perplexity after each window
 */
public record Perplexity(int windows, long tokens, double nll, double perplexity, double standardError, List<Double> running) {
    public Perplexity {
        running = List.copyOf(running);
    }
}
