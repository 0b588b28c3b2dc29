/**
 * Model files: tensors by name, mapped on reading, streamed on writing. The only package that parses weight files; it trusts none of their
 * bytes. Start at {@link dev.nibble.core.checkpoint.Checkpoint}.
 */
package dev.nibble.core.checkpoint;
