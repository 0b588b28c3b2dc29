/** Elementwise operations, norms and rotary position embedding in machine code. Start with {@link dev.nibble.core.backend.x86.elementwise.ElementwiseKernels}. */
package dev.nibble.core.backend.x86.elementwise;
