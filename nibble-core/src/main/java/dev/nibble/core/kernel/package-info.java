/**
 * What computing is made of: matrices of activations, products with a prepared weight, and the workers that share them out. Interfaces and
 * plain data; the ways to compute are in {@code backend}. Start with {@link dev.nibble.core.kernel.Backend}.
 */
package dev.nibble.core.kernel;
