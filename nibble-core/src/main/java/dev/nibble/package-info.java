/**
 * The API of Nibble: {@link dev.nibble.LanguageModel} runs a model, {@link dev.nibble.ModelFile} opens its files, {@link
 * dev.nibble.Quantization} makes them smaller, {@link dev.nibble.Evaluation} measures the quality loss.
 */
package dev.nibble;
