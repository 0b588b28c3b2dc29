/**
 * What machine code needs of the machine: executable memory, what the processor can do, and a fence for faults. The only place where foreign
 * functions are called. Start with {@link dev.nibble.core.x86.machine.CodeSpace}.
 */
package dev.nibble.core.x86.machine;
