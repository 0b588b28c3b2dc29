/**
 * GGUF files, read and written. Start at {@link dev.nibble.core.checkpoint.gguf.Gguf}.
 */
package dev.nibble.core.checkpoint.gguf;
