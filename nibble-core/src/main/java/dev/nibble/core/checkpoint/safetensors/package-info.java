/**
 * Safetensors files, read and written. Start at {@link dev.nibble.core.checkpoint.safetensors.Safetensors}.
 */
package dev.nibble.core.checkpoint.safetensors;
