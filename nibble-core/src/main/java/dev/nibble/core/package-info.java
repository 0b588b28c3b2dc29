/**
 * The two kinds of error a caller can do something about. Everything else lives in the packages below; start at
 * {@link dev.nibble.core.tensor.Codec}.
 */
package dev.nibble.core;
