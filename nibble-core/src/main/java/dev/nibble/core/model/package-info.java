/**
 * Models in two halves. The forward pass: {@link dev.nibble.core.model.Decoder} and the layers it is made of, which get their weights by name
 * from {@link dev.nibble.core.model.Weights}. And what files say about a model: its configuration, and per family which tensors it has, how they
 * are called in Hugging Face and in GGUF checkpoints and how one becomes the other ({@link dev.nibble.core.model.Architecture}).
 */
package dev.nibble.core.model;
