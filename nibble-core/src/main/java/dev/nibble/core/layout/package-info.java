/**
 * Layouts of quantized weights as several stored tensors: GPTQ, AWQ, bitsandbytes, HQQ, compressed-tensors, FP8. One layout is one file,
 * and {@link dev.nibble.core.layout.WeightLayouts} lists them. Weights are read into Nibble's codecs, value for value, so nothing else
 * knows a layout. Start at {@link dev.nibble.core.layout.WeightLayout}.
 */
package dev.nibble.core.layout;
