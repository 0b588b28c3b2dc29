/**
 * How quantized weights are spelled as several stored tensors: GPTQ, AWQ, bitsandbytes, HQQ, compressed-tensors, FP8. One layout, one file,
 * and {@link dev.nibble.core.checkpoint.layout.WeightLayouts}, the list. What is read becomes one of our codecs, value by value the same, so
 * nothing else hears of a layout. Start at {@link dev.nibble.core.checkpoint.layout.WeightLayout}.
 */
package dev.nibble.core.layout;
