/**
 * Linear algebra on plain arrays, for the quantization algorithms: factors of symmetric matrices, Hadamard transforms, clusters. Knows no
 * weight and no codec; {@link dev.nibble.core.kernel.Workers} divide the work, and results do not depend on their number. Start with {@link
 * dev.nibble.core.linalg.Cholesky}.
 */
package dev.nibble.core.linalg;
