package dev.nibble.core.codec.encode.x86;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCMPPS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTPS2PH;
import static dev.nibble.core.x86.assembler.Instruction.VCVTTPS2DQ;
import static dev.nibble.core.x86.assembler.Instruction.VDIVPS;
import static dev.nibble.core.x86.assembler.Instruction.VEXTRACTF128;
import static dev.nibble.core.x86.assembler.Instruction.VMAXPS;
import static dev.nibble.core.x86.assembler.Instruction.VMINPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPACKSSDW;
import static dev.nibble.core.x86.assembler.Instruction.VPACKSSWB;
import static dev.nibble.core.x86.assembler.Instruction.VPACKUSDW;
import static dev.nibble.core.x86.assembler.Instruction.VPACKUSWB;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPANDN;
import static dev.nibble.core.x86.assembler.Instruction.VPCMPEQD;
import static dev.nibble.core.x86.assembler.Instruction.VPERMD;
import static dev.nibble.core.x86.assembler.Instruction.VPERMQ;
import static dev.nibble.core.x86.assembler.Instruction.VPMAXSD;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.encode.simd.CodeBuffer;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Reduction;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Machine code (AVX2, F16C) that writes blocks of 32 numbers with an F16 scale and no minimum, without importance: Q4_0, Q5_0 and Q8_0, as
 * {@code codec.ScaledBlock} does.
 *
 * <pre>
 *   RDI  floats
 *   RSI  blocks, written
 *   RCX  blocks, how many
 * </pre>
 *
 * @param bits of a code
 */
record SmallBlockKernel(int bits) {
    private static final int SIZE = 32;
    private static final int SCALE_BYTES = 2;
    private static final int ORDERED = 7; // a comparison that is false for NaN

    private static final Vec LARGEST = ymm(8); // first the largest magnitude, then the number of that magnitude
    private static final Vec SCALE = ymm(9);
    private static final Vec INVERSE = ymm(10);
    private static final Vec SCRATCH = ymm(11);
    private static final Vec ZERO = ymm(12);
    private static final Vec MAGNITUDE = ymm(13);

    void write(Assembler code) {
        code.zero(ZERO);
        code.op(VMOVDQU, MAGNITUDE, Constants.repeated(code, Integer.MAX_VALUE));
        Label loop = code.here();
        largest(code);
        if (bits == 8) {
            scale(code, Constants.repeated(code, 127f));
            balanced(code);
        } else {
            extreme(code);
            scale(code, Constants.repeated(code, (float) -(1 << (bits - 1))));
            truncated(code);
        }
        code.add(Gpr.RDI, SIZE * Float.BYTES);
        code.add(Gpr.RSI, SCALE_BYTES + SIZE * bits / Byte.SIZE);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }

    /** Loads the numbers into the first four registers and finds the largest magnitude. Magnitudes are ordered like their bits. */
    private static void largest(Assembler code) {
        for (int i = 0; i < 4; i++) {
            code.op(VMOVUPS, ymm(i), Mem.at(Gpr.RDI, 32 * i));
            code.op(VPAND, ymm(4 + i), ymm(i), MAGNITUDE);
        }
        code.op(VPMAXSD, LARGEST, ymm(4), ymm(5));
        code.op(VPMAXSD, SCRATCH, ymm(6), ymm(7));
        code.op(VPMAXSD, LARGEST, LARGEST, SCRATCH);
        Reduction.across(code, LARGEST, VPMAXSD, SCRATCH);
        code.op(VBROADCASTSS, LARGEST, LARGEST.as(128));
    }

    /** The first number of largest magnitude, with its sign; +0 where there are only zeros. */
    private static void extreme(Assembler code) {
        Gpr found = Gpr.RAX;
        for (int i = 3; i >= 0; i--) {
            code.op(VPCMPEQD, ymm(4 + i), ymm(4 + i), LARGEST);
            code.signs(i == 3 ? found : Gpr.RDX, ymm(4 + i));
            if (i < 3) {
                code.shl(found, Byte.SIZE);
                code.or(found, Gpr.RDX);
            }
        }
        code.tzcnt(found, found);
        code.op(VPCMPEQD, SCRATCH, LARGEST, ZERO);
        code.op(VBROADCASTSS, LARGEST, Mem.at(Gpr.RDI, found, Float.BYTES, 0));
        code.op(VPANDN, LARGEST, SCRATCH, LARGEST);
    }

    /** The scale, its inverse, which is 0 for 0, and the scale's F16; bytes written beyond it are overwritten by the codes. */
    private static void scale(Assembler code, Mem largestCode) {
        code.op(VMOVUPS, SCRATCH, largestCode);
        code.op(VDIVPS, SCALE, LARGEST, SCRATCH);
        code.op(VMOVUPS, SCRATCH, Constants.repeated(code, 1f));
        code.op(VDIVPS, INVERSE, SCRATCH, SCALE);
        code.op(VPAND, SCRATCH, SCALE, MAGNITUDE);
        code.op(VPCMPEQD, SCRATCH, SCRATCH, ZERO);
        code.op(VPANDN, INVERSE, SCRATCH, INVERSE);
        code.store(VCVTPS2PH, Mem.at(Gpr.RSI, 0), SCALE, 0);
    }

    /** Signed codes of 8 bits, ties away from zero. */
    private static void balanced(Assembler code) {
        Vec half = ymm(14);
        Vec sign = ymm(15);
        code.op(VMOVUPS, half, Constants.repeated(code, CodeBuffer.ALMOST_HALF));
        for (int i = 0; i < 4; i++) {
            code.op(VMULPS, ymm(i), ymm(i), INVERSE);
            code.op(VCMPPS, SCRATCH, ymm(i), ymm(i), ORDERED);
            code.op(VPAND, ymm(i), ymm(i), SCRATCH); // 0 · ∞ is stored as 0
            code.op(VPANDN, sign, MAGNITUDE, ymm(i));
            code.op(VPOR, sign, sign, half);
            code.op(VADDPS, ymm(i), ymm(i), sign);
            code.op(VMINPS, ymm(i), ymm(i), Constants.repeated(code, 127f));
            code.op(VMAXPS, ymm(i), ymm(i), Constants.repeated(code, -127f));
            code.op(VCVTTPS2DQ, ymm(i), ymm(i));
        }
        code.op(VPACKSSDW, ymm(0), ymm(0), ymm(1));
        code.op(VPACKSSDW, ymm(2), ymm(2), ymm(3));
        code.op(VPACKSSWB, ymm(0), ymm(0), ymm(2));
        code.op(VMOVDQU, SCRATCH, Constants.ints(code, 0, 4, 1, 5, 2, 6, 3, 7));
        code.op(VPERMD, ymm(0), SCRATCH, ymm(0));
        code.op(VMOVDQU_TO, Mem.at(Gpr.RSI, SCALE_BYTES), ymm(0));
    }

    /** Codes from 0, truncated after adding half a code; number i and number 16 + i share a byte. */
    private void truncated(Assembler code) {
        int zero = 1 << (bits - 1);
        for (int i = 0; i < 4; i++) {
            code.op(VMULPS, ymm(i), ymm(i), INVERSE);
            code.op(VADDPS, ymm(i), ymm(i), Constants.repeated(code, zero + 0.5f));
            code.op(VMAXPS, ymm(i), ymm(i), ZERO); // of NaN, which is 0 · ∞, the second
            code.op(VMINPS, ymm(i), ymm(i), Constants.repeated(code, 2f * zero - 1));
            code.op(VCVTTPS2DQ, ymm(i), ymm(i));
        }
        int at = SCALE_BYTES;
        if (bits == 5) {
            fifthBits(code);
            at += Integer.BYTES;
        }
        for (int i = 0; i < 2; i++) {
            code.op(VPSLLD, ymm(2 + i), ymm(2 + i), 4);
            code.op(VPOR, ymm(i), ymm(i), ymm(2 + i));
        }
        code.op(VPACKUSDW, ymm(0), ymm(0), ymm(1));
        code.op(VPERMQ, ymm(0), ymm(0), 0b11_01_10_00);
        code.store(VEXTRACTF128, ymm(1).as(128), ymm(0), 1);
        code.op(VPACKUSWB, ymm(0).as(128), ymm(0).as(128), ymm(1).as(128));
        code.op(VMOVDQU_TO, Mem.at(Gpr.RSI, at), ymm(0).as(128));
    }

    /** Moves the fifth bits from the codes to their own field. */
    private static void fifthBits(Assembler code) {
        Vec low = ymm(14);
        code.op(VMOVDQU, low, Constants.repeated(code, 15));
        for (int i = 3; i >= 0; i--) {
            code.op(VPSLLD, SCRATCH, ymm(i), Integer.SIZE - 5);
            code.signs(i == 3 ? Gpr.RAX : Gpr.RDX, SCRATCH);
            if (i < 3) {
                code.shl(Gpr.RAX, Byte.SIZE);
                code.or(Gpr.RAX, Gpr.RDX);
            }
            code.op(VPAND, ymm(i), ymm(i), low);
        }
        code.mov32(Mem.at(Gpr.RSI, SCALE_BYTES), Gpr.RAX);
    }
}
