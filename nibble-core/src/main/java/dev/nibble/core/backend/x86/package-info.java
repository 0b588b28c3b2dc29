/**
 * Machine code assembled at run time for this processor: products with activations quantized to 8 bits, on weights as stored in the file.
 * Start with {@link dev.nibble.core.backend.x86.X86Backend}.
 */
package dev.nibble.core.backend.x86;
