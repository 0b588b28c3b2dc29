/**
 * Conversion between checkpoint formats without materializing tensors: a plan lists the target's metadata and tensors, and each tensor is
 * readable by rows. Start at {@link dev.nibble.core.conversion.GgufConversion}.
 */
package dev.nibble.core.conversion;
