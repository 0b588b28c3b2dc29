package dev.nibble.core.backend.x86.elementwise;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTPS2DQ;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD213PS;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VFNMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMAXPS;
import static dev.nibble.core.x86.assembler.Instruction.VMINPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Vec;

/** e^x = 2^n · e^r, in eight lanes; within 2 units in the last place for |x| up to 87, clamped to e^±87 beyond. NaN stays NaN. */
public final class ExponentialCode {
    private static final float LOG2_E = 1.442695f;
    private static final float LN2_HIGH = 0.6933594f;
    private static final float LN2_LOW = -2.12194440e-4f;
    private static final float LARGEST = 87f;
    /** Polynomial of (e^r − 1 − r) / r² for |r| up to ln 2 / 2: Moshier, Cephes, expf. */
    private static final float[] TERMS = {1.9875691e-4f, 1.3981999e-3f, 8.333452e-3f, 4.1665796e-2f, 1.6666666e-1f, 0.5f};
    private static final int MANTISSA_BITS = 23;

    private ExponentialCode() {}

    /** x ← e^x. */
    public static void write(Assembler code, Vec x, Vec power, Vec result, Vec r) {
        code.op(VMOVUPS, r, Constants.repeated(code, -LARGEST));
        code.op(VMAXPS, x, r, x); // in this order a NaN is kept
        code.op(VMOVUPS, r, Constants.repeated(code, LARGEST));
        code.op(VMINPS, x, r, x);
        code.op(VMULPS, power, x, Constants.repeated(code, LOG2_E));
        code.op(VCVTPS2DQ, power, power);
        code.op(VCVTDQ2PS, r, power);
        code.op(VFNMADD231PS, x, r, Constants.repeated(code, LN2_HIGH));
        code.op(VFNMADD231PS, x, r, Constants.repeated(code, LN2_LOW));
        code.op(VMOVUPS, result, Constants.repeated(code, TERMS[0]));
        for (int i = 1; i < TERMS.length; i++) {
            code.op(VFMADD213PS, result, x, Constants.repeated(code, TERMS[i]));
        }
        code.op(VMULPS, r, x, x);
        code.op(VADDPS, x, x, Constants.repeated(code, 1f));
        code.op(VFMADD231PS, x, result, r);
        code.op(VPSLLD, power, power, MANTISSA_BITS);
        code.op(VPADDD, x, x, power);
    }
}
