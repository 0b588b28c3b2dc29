/**
 * Tokenizers: text to token ids and back, with the ids of Hugging Face and llama.cpp. Byte-level BPE, SentencePiece, tiktoken and WordPiece
 * are read from Hugging Face directories; the vocabulary of a GGUF file comes as plain data in a
 * {@link dev.nibble.text.tokenizer.TokenizerSource}. Start at {@link dev.nibble.text.tokenizer.Tokenizers} to run a tokenizer, and at
 * {@link dev.nibble.text.tokenizer.TokenizerDirectory} to convert one for GGUF.
 */
package dev.nibble.text.tokenizer;
