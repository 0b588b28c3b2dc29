/**
 * From one kind of checkpoint to another without materialising a tensor: a plan lists the target's metadata and tensors, and each tensor
 * can be asked for any of its rows. Start at {@link dev.nibble.core.conversion.GgufConversion}.
 */
package dev.nibble.core.conversion;
