/**
 * Running models: loading one with a backend, answers that continue a text token by token, many of them at once. Start with
 * {@link dev.nibble.LanguageModel}; {@link dev.nibble.core.inference.LoadedModel} is what it computes with.
 */
package dev.nibble.core.inference;
