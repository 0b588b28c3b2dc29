/**
 * What a program needs of Nibble: {@link dev.nibble.ModelFile} opens a model's files, {@link dev.nibble.Quantization} makes them smaller,
 * {@link dev.nibble.Evaluation} measures what that cost.
 */
package dev.nibble;
