/** Matrix products in machine code. Start with {@link dev.nibble.core.backend.x86.matmul.X86MatMul}. */
package dev.nibble.core.backend.x86.matmul;
