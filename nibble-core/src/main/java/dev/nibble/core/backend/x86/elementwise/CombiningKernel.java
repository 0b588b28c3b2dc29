package dev.nibble.core.backend.x86.elementwise;

import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Instruction;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/**
 * {@code x ← x ∘ y}, elementwise.
 *
 * <pre>
 *   RDI  x                       RCX  values / 8
 *   RSI  y
 * </pre>
 */
record CombiningKernel(Instruction instruction) {
    void write(Assembler code) {
        Label loop = code.here();
        code.op(VMOVUPS, ymm(0), Mem.at(Gpr.RDI, 0));
        code.op(instruction, ymm(0), ymm(0), Mem.at(Gpr.RSI, 0));
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDI, 0), ymm(0));
        CountedLoop.next(code, loop, Gpr.RDI, Gpr.RSI);
    }
}
