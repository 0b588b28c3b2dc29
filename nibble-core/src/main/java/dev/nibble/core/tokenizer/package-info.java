/**
 * Tokenizers: text to ids and back, from Hugging Face directories, GGUF metadata, SentencePiece and tiktoken; and the same vocabularies
 * converted from one form to the other. Start at {@link dev.nibble.core.tokenizer.Tokenizers} to run one, at
 * {@link dev.nibble.core.tokenizer.TokenizerDirectory} to convert one.
 */
package dev.nibble.core.tokenizer;
