/**
 * Model files opened whatever their format, sharded ones too. Start at
 * {@link dev.nibble.core.checkpoint.open.Checkpoints}.
 */
package dev.nibble.core.checkpoint.open;
