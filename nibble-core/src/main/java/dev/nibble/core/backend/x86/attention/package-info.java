/** Attention in machine code, one page of the cache at a time. Start with {@link dev.nibble.core.backend.x86.attention.X86Attention}. */
package dev.nibble.core.backend.x86.attention;
