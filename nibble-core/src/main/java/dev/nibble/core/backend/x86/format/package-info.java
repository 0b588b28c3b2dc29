/**
 * Unpacking of each codec's rows in kernels, to unsigned codes, scales and minimums. Each codec is a line in
 * {@link dev.nibble.core.backend.x86.format.RowFormats}.
 */
package dev.nibble.core.backend.x86.format;
