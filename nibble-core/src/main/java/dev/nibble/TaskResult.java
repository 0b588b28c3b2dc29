package dev.nibble;

import java.util.OptionalDouble;

/**
 * Accuracy of a model in a benchmark. The standard error of a share p of right answers is {@code √(p (1 − p) / (questions − 1))}.
 *
 * @param accuracy share of right answers, choices ranked by log-probability; for an exact answer, share of greedy answers that match
 * @param byByte ranked by log-probability per byte of UTF-8: {@code acc_norm} of lm-evaluation-harness, which counts characters (the same
 *               in ASCII)
 * @param byToken ranked by mean log-probability of the tokens after the choices' common beginning: the score of llama.cpp's
 *                {@code --hellaswag}
 * @param perplexity e^(mean of −log-probability of the right choice), for an exact answer
 */
public record TaskResult(String task, int questions, Share accuracy, Share byByte, Share byToken, OptionalDouble perplexity,
        OptionalDouble perplexityError) {
    /** A share of right answers, and its standard error. */
    public record Share(double value, double error) {
        public static Share of(int right, int questions) {
            double share = (double) right / questions;
            return new Share(share, questions > 1 ? Math.sqrt(share * (1 - share) / (questions - 1)) : 0);
        }
    }
}
