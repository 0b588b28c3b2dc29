/**
 * What a model is apart from its files: its configuration, and per family which tensors it has, how they are called in Hugging Face and in
 * GGUF checkpoints and how one becomes the other. Start at {@link dev.nibble.core.model.Architecture}.
 */
package dev.nibble.core.model;
