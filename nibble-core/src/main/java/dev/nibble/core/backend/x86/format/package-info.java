/**
 * How kernels take the rows of each codec apart: what is stored as unsigned codes, scales and minimums, and the code that unpacks it. One
 * line in {@link dev.nibble.core.backend.x86.format.RowFormats} for each codec.
 */
package dev.nibble.core.backend.x86.format;
