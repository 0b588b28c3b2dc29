/**
 * Opening of model files of any format, including sharded ones. Start at {@link dev.nibble.core.checkpoint.open.Checkpoints}.
 */
package dev.nibble.core.checkpoint.open;
