package dev.nibble;

import java.util.OptionalDouble;

/**
 * How well a model answered. Of each share of right answers p, the standard error is {@code √(p (1 − p) / (questions − 1))}.
 *
 * @param accuracy         right answers, endings compared by their log-probability; for an exact answer, answers that the model
 *                         itself would have given
 * @param byByte           compared by log-probability per byte of UTF-8: {@code acc_norm} of lm-evaluation-harness, which counts
 *                         characters, the same in ASCII
 * @param byToken          compared by mean log-probability of the tokens from where the endings part on: the score of llama.cpp's
 *                         {@code --hellaswag}
 * @param perplexity       e^(mean of −log-probability of the right ending), for an exact answer
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
