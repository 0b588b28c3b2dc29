/**
 * Running models: loading one with a backend, sessions that continue a text token by token, many of them at once. Start with
 * {@link dev.nibble.core.inference.LoadedModel}.
 */
package dev.nibble.core.inference;
