package dev.nibble.core.backend.x86.assembler;

/** A general register of 64 bits; its ordinal is its number. */
public enum Gpr {
    RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15
}
