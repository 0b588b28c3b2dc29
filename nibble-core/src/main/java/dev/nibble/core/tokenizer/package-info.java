/**
 * Tokenizers: text to token ids and back, with the ids of Hugging Face and llama.cpp. Byte-level BPE, SentencePiece, tiktoken and WordPiece
 * are read from Hugging Face directories; the vocabulary of a GGUF file comes as plain data in a
 * {@link dev.nibble.core.tokenizer.TokenizerSource}. Start at {@link dev.nibble.core.tokenizer.Tokenizers} to run a tokenizer, and at
 * {@link dev.nibble.core.tokenizer.TokenizerDirectory} to convert one for GGUF.
 */
package dev.nibble.core.tokenizer;
