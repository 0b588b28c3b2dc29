/**
 * Rewrites of weights that leave the model's function unchanged: scales and rotations folded into neighboring tensors. Start at
 * {@link dev.nibble.core.fold.Folding}.
 */
package dev.nibble.core.fold;
