package dev.nibble.core.backend.x86;

import static dev.nibble.core.x86.assembler.Instruction.VCVTPH2PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/** F16 to F32: RDI numbers, RSI target, RCX numbers / 8. */
final class ValuesKernel {
    private ValuesKernel() {}

    static void write(Assembler code) {
        Label loop = code.here();
        code.op(VCVTPH2PS, ymm(0), Mem.at(Gpr.RDI, 0));
        code.op(VMOVUPS_TO, Mem.at(Gpr.RSI, 0), ymm(0));
        code.add(Gpr.RDI, 8 * Short.BYTES);
        code.add(Gpr.RSI, 8 * Float.BYTES);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }
}
