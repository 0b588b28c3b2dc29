package dev.nibble.core.x86.assembler;

/** The last operand of an instruction: a vector register or memory. */
public sealed interface Operand permits Vec, Mem {}
