package dev.nibble.core.backend.x86.elementwise;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VSUBPS;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/**
 * {@code x ← e^(x − subtrahend)}, and eight sums.
 *
 * <pre>
 *   RDI  x                          RCX  values / 8
 *   RSI  subtrahend
 *   RDX  float sums[8]
 * </pre>
 */
final class ExponentialKernel {
    private ExponentialKernel() {}

    static void write(Assembler code) {
        code.op(VBROADCASTSS, ymm(1), Mem.at(Gpr.RSI, 0));
        code.zero(ymm(2));
        Label loop = code.here();
        code.op(VMOVUPS, ymm(0), Mem.at(Gpr.RDI, 0));
        code.op(VSUBPS, ymm(0), ymm(0), ymm(1));
        ExponentialCode.write(code, ymm(0), ymm(3), ymm(4), ymm(5));
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDI, 0), ymm(0));
        code.op(VADDPS, ymm(2), ymm(2), ymm(0));
        CountedLoop.next(code, loop, Gpr.RDI);
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDX, 0), ymm(2));
    }
}
