/**
 * Machine code assembled at run time for this processor: products with activations rounded to 8 bits, straight on the bytes of the file.
 * Start with {@link dev.nibble.core.backend.x86.X86Backend}.
 */
package dev.nibble.core.backend.x86;
