package dev.nibble.core.x86.assembler;

/** Where an instruction may take its last operand from: a vector register or memory. */
public sealed interface Operand permits Vec, Mem {}
