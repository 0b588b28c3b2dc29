/**
 * The two kinds of error a caller can do something about. Everything else lives in the packages below. To run models,
 * start at {@link dev.nibble.core.inference.LanguageModel}; to read how weights are stored, at {@link dev.nibble.core.tensor.Codec}.
 */
package dev.nibble.core;
