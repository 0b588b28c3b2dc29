/**
 * Quantization algorithms as functions on matrices: statistics of a layer's inputs ({@link dev.nibble.core.quantization.Statistic}) and
 * algorithms that choose codes with them ({@link dev.nibble.core.quantization.Quantizer}). Most algorithms see codecs only through
 * {@link dev.nibble.core.tensor.Codec} and {@link dev.nibble.core.tensor.Block}, and work with every codec; those for one kind of codes
 * (QuIP#, AQLM, HQQ) check for it and refuse others. They know no models or files.
 */
package dev.nibble.core.quantization;
