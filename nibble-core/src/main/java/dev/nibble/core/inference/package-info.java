/**
 * Running models: loading, and generating many answers at once. Start with {@link dev.nibble.LanguageModel}, which computes with a
 * {@link dev.nibble.core.inference.LoadedModel}.
 */
package dev.nibble.core.inference;
