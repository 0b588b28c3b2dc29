/**
 * An x86-64 assembler for the instructions the kernels use: registers, addresses, instructions as one line each, labels and constants.
 * Start with {@link dev.nibble.core.x86.assembler.Assembler}.
 */
package dev.nibble.core.x86.assembler;
