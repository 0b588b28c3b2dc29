package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTPS2DQ;
import static dev.nibble.core.x86.assembler.Instruction.VDIVPS;
import static dev.nibble.core.x86.assembler.Instruction.VEXTRACTF128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMOVSS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPACKSSDW;
import static dev.nibble.core.x86.assembler.Instruction.VPACKSSWB;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPERMD;
import static dev.nibble.core.x86.assembler.Instruction.VPHADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDUBSW;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDWD;
import static dev.nibble.core.x86.assembler.Instruction.VPMAXSD;
import static dev.nibble.core.x86.assembler.Instruction.VPMULLD;
import static dev.nibble.core.x86.assembler.Vec.xmm;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Reduction;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Quantizes the activations of one token: {@code code = rint(x · (127 / m))}, {@code step = m / 127}, with m the largest magnitude of 32
 * columns. NaN makes the step NaN.
 *
 * <pre>
 *   RDI  floats           RCX  sub-blocks of 32
 *   RSI  codes            R8   bytes of a record
 *   RDX  step             R9   bytes from one field to the next: 4 · tokens
 * </pre>
 *
 * @param zero zero point of the weights' codes
 * @param sumPer16 whether sums are needed per 16 columns
 * @param integers whether activations are integers from −127 to 127, used as codes with a step of 1
 */
record ActivationQuantizeKernel(int zero, boolean sumPer16, boolean integers) {
    private static final float LARGEST_CODE = RoundedTile.LARGEST;
    /** Smallest m, so that 127 / m is finite. */
    private static final float SMALLEST = 0x1p-100f;
    private static final Vec SIZE = ymm(4);
    private static final Vec STEP = ymm(5);
    private static final Vec CODES = ymm(6);

    void write(Assembler code) {
        Label loop = code.here();
        if (integers) {
            load(code);
            code.op(VMOVDQU, SIZE, Constants.repeated(code, LARGEST_CODE));
        } else {
            largest(code);
        }
        code.op(VMOVDQU, STEP, Constants.repeated(code, LARGEST_CODE));
        code.op(VDIVPS, ymm(7), STEP, SIZE);
        code.op(VDIVPS, STEP, SIZE, STEP);
        code.op(VMOVSS_TO, Mem.at(Gpr.RDX, 0), STEP.as(128));
        for (int i = 0; i < 4; i++) {
            code.op(VMULPS, ymm(i), ymm(i), ymm(7));
            code.op(VCVTPS2DQ, ymm(i), ymm(i));
        }
        code.op(VPACKSSDW, ymm(0), ymm(0), ymm(1));
        code.op(VPACKSSDW, ymm(2), ymm(2), ymm(3));
        code.op(VPACKSSWB, ymm(0), ymm(0), ymm(2));
        code.op(VMOVDQU, CODES, Constants.ints(code, 0, 4, 1, 5, 2, 6, 3, 7));
        code.op(VPERMD, CODES, CODES, ymm(0));
        code.op(VMOVDQU_TO, Mem.at(Gpr.RSI, 0), CODES);
        sums(code);
        code.add(Gpr.RDI, RowFormat.SUB_BLOCK * Float.BYTES);
        code.add(Gpr.RSI, Gpr.R8);
        code.add(Gpr.RDX, Gpr.R8);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }

    private static void load(Assembler code) {
        for (int i = 0; i < 4; i++) {
            code.op(VMOVUPS, ymm(i), Mem.at(Gpr.RDI, 32 * i));
        }
    }

    /** Finds m by comparing bits as integers, so that NaN is the largest. */
    private static void largest(Assembler code) {
        for (int i = 0; i < 4; i++) {
            code.op(VMOVUPS, ymm(i), Mem.at(Gpr.RDI, 32 * i));
            code.op(VPAND, i == 0 ? SIZE : STEP, ymm(i), Constants.repeated(code, Integer.MAX_VALUE));
            if (i > 0) {
                code.op(VPMAXSD, SIZE, SIZE, STEP);
            }
        }
        Reduction.across(code, SIZE, VPMAXSD, STEP);
        code.op(VPMAXSD, SIZE.as(128), SIZE.as(128), Constants.repeated(code, SMALLEST));
        code.op(VBROADCASTSS, SIZE, SIZE.as(128));
    }

    private void sums(Assembler code) {
        Vec sum = ymm(0);
        code.op(VMOVDQU, sum, code.constantOf(1, 32));
        code.op(VPMADDUBSW, sum, sum, CODES);
        code.op(VPMADDWD, sum, sum, Constants.repeated(code, 0x0001_0001));
        code.op(VPHADDD, sum, sum, sum);
        code.op(VPHADDD, sum, sum, sum);
        code.store(VEXTRACTF128, xmm(1), sum, 1);
        if (sumPer16) {
            sum(code, sum.as(128), 0);
            sum(code, xmm(1), 1);
        } else {
            code.op(VPADDD, xmm(0), xmm(0), xmm(1));
            sum(code, xmm(0), 0);
        }
    }

    private void sum(Assembler code, Vec sum, int half) {
        Mem field = Mem.at(Gpr.RDX, Gpr.R9, 1, 0);
        Gpr scratch = Gpr.RAX;
        code.op(VPMULLD, xmm(2), sum, Constants.repeated(code, -zero));
        if (half == 1) {
            code.lea(scratch, field);
            field = Mem.at(scratch, Gpr.R9, 1, 0);
        }
        code.op(VMOVSS_TO, field, xmm(2));
        code.op(VCVTDQ2PS, xmm(2), sum);
        code.op(VMULPS, xmm(2), xmm(2), STEP.as(128));
        code.lea(scratch, field);
        code.op(VMOVSS_TO, Mem.at(scratch, Gpr.R9, 2, 0), xmm(2));
    }
}
