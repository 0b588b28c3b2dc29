package dev.nibble;

import java.util.List;

/**
 * Perplexity of a model over a text: {@code e^(mean of −log p(token | tokens before it in the window))}.
 *
 * @param windows number of windows
 * @param tokens number of scored tokens
 * @param nll mean negative log-likelihood of a token, in nats
 * @param perplexity {@code e^nll}
 * @param standardError standard error of the perplexity: {@code perplexity · √(variance of a token's nll / (tokens − 1))}, as in llama.cpp;
 *                      it treats tokens as independent, which they are not
 * @param running perplexity after each window
 */
public record Perplexity(int windows, long tokens, double nll, double perplexity, double standardError, List<Double> running) {
    public Perplexity {
        running = List.copyOf(running);
    }
}
