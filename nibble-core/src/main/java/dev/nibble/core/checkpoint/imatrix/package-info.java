/**
 * Importance matrices of llama.cpp, as GGUF and {@code .dat}. Start at {@link dev.nibble.core.checkpoint.imatrix.Imatrix}.
 */
package dev.nibble.core.checkpoint.imatrix;
