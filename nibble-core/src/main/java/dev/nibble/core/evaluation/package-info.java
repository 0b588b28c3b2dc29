/**
 * What a quantization lost: perplexity by named protocols, divergence of a model from its original token by token and layer by layer, and
 * questions with several endings. Reads its own inputs (texts, tasks, base files). Start with {@link dev.nibble.core.evaluation.Windows} and
 * {@link dev.nibble.core.inference.LogitsRun}.
 */
package dev.nibble.core.evaluation;
