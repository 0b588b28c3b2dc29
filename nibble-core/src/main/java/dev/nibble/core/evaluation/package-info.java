/**
 * Quality loss of quantization: perplexity by named protocols, divergence of a model from its original by token and by layer, and
 * multiple-choice tasks. Reads its own inputs (texts, tasks, base files). Start with {@link dev.nibble.core.evaluation.Windows} and
 * {@link dev.nibble.core.inference.LogitsRun}.
 */
package dev.nibble.core.evaluation;
