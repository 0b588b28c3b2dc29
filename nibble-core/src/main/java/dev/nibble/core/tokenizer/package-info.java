/**
 * Vocabularies: the tokenizer files of Hugging Face directories as the metadata of a GGUF file, and back. Nothing here splits text into
 * tokens. Start at {@link dev.nibble.core.tokenizer.TokenizerDirectory}.
 */
package dev.nibble.core.tokenizer;
