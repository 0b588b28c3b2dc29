package dev.nibble.core.backend.x86.attention;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VDIVPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/**
 * Divides the weighted sum of values of each query by the sum of its weights.
 *
 * <pre>
 *   RDI  values, row after row   RCX  rows
 *   RSI  states
 * </pre>
 */
record DividingKernel(int headSize) {
    private static final int BYTES = 32;

    void write(Assembler code) {
        Label loop = code.here();
        code.op(VBROADCASTSS, ymm(1), Mem.at(Gpr.RSI, AttentionPage.SUM));
        for (int at = 0; at < headSize * Float.BYTES; at += BYTES) {
            code.op(VMOVUPS, ymm(0), Mem.at(Gpr.RDI, at));
            code.op(VDIVPS, ymm(0), ymm(0), ymm(1));
            code.op(VMOVUPS_TO, Mem.at(Gpr.RDI, at), ymm(0));
        }
        code.add(Gpr.RDI, headSize * Float.BYTES);
        code.add(Gpr.RSI, AttentionPage.STATE);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }
}
