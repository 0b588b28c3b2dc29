/**
 * The textbook's building blocks: uniform and free grids of values, for a tensor, a channel, a group or a token, and the observers that find
 * the range of a grid from what they are shown. Codecs do not need them; they are for those who build a scheme of their own, and for
 * activations. Start with {@link dev.nibble.core.quantization.grid.UniformGrid}.
 */
package dev.nibble.core.quantization.grid;
