/**
 * Quantization algorithms as functions on matrices: what is remembered of a layer's inputs ({@link dev.nibble.core.quantization.Statistic}),
 * and how codes are chosen by it ({@link dev.nibble.core.quantization.Quantizer}). Most algorithms see codecs only through
 * {@link dev.nibble.core.tensor.Codec} and {@link dev.nibble.core.tensor.Block}, and work with every codec; those made for one kind of codes
 * (QuIP#, AQLM, HQQ) ask for it and refuse others. They know no model and no file.
 */
package dev.nibble.core.quantization;
