package dev.nibble.core.backend.x86.elementwise;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTPS2PD;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PD;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/** The two steps of RMSNorm. */
final class NormKernels {
    private static final int LANES = 8;

    private NormKernels() {}

    /**
     * Sums squares as doubles, value i in sum i mod 4; the square of a float is exact there.
     *
     * <pre>
     *   RDI  values                  RDX  double sums[4]
     *   RCX  values / 8
     * </pre>
     */
    static void squares(Assembler code) {
        code.zero(ymm(0));
        Label loop = code.here();
        for (int half = 0; half < 2; half++) {
            code.op(VCVTPS2PD, ymm(1), Mem.at(Gpr.RDI, half * LANES / 2 * Float.BYTES));
            code.op(VFMADD231PD, ymm(0), ymm(1), ymm(1));
        }
        CountedLoop.next(code, loop, Gpr.RDI);
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDX, 0), ymm(0));
    }

    /**
     * {@code target ← (x · scale) · weight}.
     *
     * <pre>
     *   RDI  x                       RCX  values / 8
     *   RSI  weight                  R8   bits of the scale
     *   RDX  target
     * </pre>
     */
    static void scaled(Assembler code) {
        code.push(Gpr.R8);
        code.op(VBROADCASTSS, ymm(0), Mem.at(Gpr.RSP, 0));
        Label loop = code.here();
        code.op(VMULPS, ymm(1), ymm(0), Mem.at(Gpr.RDI, 0));
        code.op(VMULPS, ymm(1), ymm(1), Mem.at(Gpr.RSI, 0));
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDX, 0), ymm(1));
        CountedLoop.next(code, loop, Gpr.RDI, Gpr.RSI, Gpr.RDX);
    }
}
