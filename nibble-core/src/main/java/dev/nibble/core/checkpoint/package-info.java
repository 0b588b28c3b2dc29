/**
 * Model files: names to tensors, mapped on reading, streamed on writing. The only package that parses files of weights; it trusts no byte of them.
 * Start at {@link dev.nibble.core.checkpoint.Checkpoint}.
 */
package dev.nibble.core.checkpoint;
