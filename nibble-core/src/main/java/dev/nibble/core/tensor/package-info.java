/**
 * Tensors, number formats and the interface of codecs. Knows no file, no model and no algorithm; everything else depends on it. Start at
 * {@link dev.nibble.core.tensor.Codec}.
 */
package dev.nibble.core.tensor;
