package dev.nibble.core.evaluation.task;

/**
 * Score of a continuation.
 *
 * @param logProbability log-probability of all its tokens
 * @param bytes length in UTF-8, at least 1
 * @param meanDifferent mean log-probability of the tokens after the common prefix of the question's continuations
 * @param greedy whether each of its tokens was the most probable
 */
record EndingScore(double logProbability, int bytes, double meanDifferent, boolean greedy) {}
