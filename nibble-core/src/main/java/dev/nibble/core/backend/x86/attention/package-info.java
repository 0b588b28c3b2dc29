/** Attention in machine code, page by page of the cache. Start with {@link dev.nibble.core.backend.x86.attention.X86Attention}. */
package dev.nibble.core.backend.x86.attention;
