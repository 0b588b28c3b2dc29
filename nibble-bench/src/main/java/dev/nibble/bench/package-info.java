/** Benchmarks: random models, encoders, kernels, comparison with other programs. Not published. */
package dev.nibble.bench;
