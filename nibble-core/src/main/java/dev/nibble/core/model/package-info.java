/**
 * The forward pass: {@link dev.nibble.core.model.Decoder} and its layers, with weights by name from {@link dev.nibble.core.model.Weights}.
 * Start at {@link dev.nibble.core.model.Model}.
 */
package dev.nibble.core.model;
