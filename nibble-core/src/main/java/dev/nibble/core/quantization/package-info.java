/**
 * Quantization algorithms as functions on matrices: what is remembered of a layer's inputs ({@link dev.nibble.core.quantization.Statistic}),
 * and how codes are chosen by it ({@link dev.nibble.core.quantization.Quantizer}). Algorithms see codecs only through
 * {@link dev.nibble.core.tensor.Codec} and {@link dev.nibble.core.tensor.Block}, so each of them works with every codec; they know no model
 * and no file.
 */
package dev.nibble.core.quantization;
