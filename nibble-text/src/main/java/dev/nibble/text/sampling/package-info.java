/**
 * Sampling: from logits to the next token by penalties, filters and a draw that a seed reproduces on every machine; and stop strings.
 * Works with the logits of any runtime. Start at {@link dev.nibble.text.sampling.TokenSampler} with
 * {@link dev.nibble.text.sampling.SamplingOptions}; a further filter is one {@link dev.nibble.text.sampling.SamplerStep}.
 */
package dev.nibble.text.sampling;
