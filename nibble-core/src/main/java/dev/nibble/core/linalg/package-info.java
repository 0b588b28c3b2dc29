/**
 * Linear algebra on plain arrays, for the quantization algorithms: factors of symmetric matrices, Hadamard transforms, clusters. Knows no
 * weight and no codec; work is shared out by {@link dev.nibble.core.kernel.Workers}, and results do not depend on how many there are.
 */
package dev.nibble.core.linalg;
