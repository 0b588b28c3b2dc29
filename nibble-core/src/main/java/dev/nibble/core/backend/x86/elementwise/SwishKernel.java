package dev.nibble.core.backend.x86.elementwise;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VDIVPS;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD213PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * {@code x ← x / (1 + e^(x · (linear + cubic · x²)))}.
 *
 * <pre>
 *   RDI  x                              RCX  values / 8
 *   RSI  float linear, float cubic
 * </pre>
 */
final class SwishKernel {
    private static final Vec LINEAR = ymm(6);
    private static final Vec CUBIC = ymm(7);

    private SwishKernel() {}

    static void write(Assembler code) {
        Vec x = ymm(0);
        Vec power = ymm(1);
        code.op(VBROADCASTSS, LINEAR, Mem.at(Gpr.RSI, 0));
        code.op(VBROADCASTSS, CUBIC, Mem.at(Gpr.RSI, Float.BYTES));
        Label loop = code.here();
        code.op(VMOVUPS, x, Mem.at(Gpr.RDI, 0));
        code.op(VMULPS, power, x, x);
        code.op(VFMADD213PS, power, CUBIC, LINEAR);
        code.op(VMULPS, power, power, x);
        ExponentialCode.write(code, power, ymm(3), ymm(4), ymm(5));
        code.op(VADDPS, power, power, Constants.repeated(code, 1f));
        code.op(VDIVPS, x, x, power);
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDI, 0), x);
        CountedLoop.next(code, loop, Gpr.RDI);
    }
}
