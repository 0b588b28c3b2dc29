/**
 * Execution of machine code: executable memory, processor features and the handling of faults. The only package that calls foreign
 * functions. Start with {@link dev.nibble.core.x86.machine.CodeCache}.
 */
package dev.nibble.core.x86.machine;
