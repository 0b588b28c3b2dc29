/**
 * Matrices of numbers and how they are stored. Knows no file, no model and no algorithm; everything else stands on it. Start at
 * {@link dev.nibble.core.tensor.Codec}.
 */
package dev.nibble.core.tensor;
