package dev.nibble.core.evaluation.task;

/**
 * What a model thinks of an ending.
 *
 * @param logProbability of the ending's tokens together
 * @param bytes          of the ending in UTF-8, at least 1
 * @param meanDifferent  mean log-probability of the tokens from where the endings of the question part on
 * @param greedy         whether each of its tokens was the likeliest
 */
record EndingScore(double logProbability, int bytes, double meanDifferent, boolean greedy) {}
