/**
 * The interfaces of computation: matrices of activations, products with a prepared weight, and the workers that divide them. The
 * implementations are in {@code backend}. Start with {@link dev.nibble.core.kernel.Backend}.
 */
package dev.nibble.core.kernel;
