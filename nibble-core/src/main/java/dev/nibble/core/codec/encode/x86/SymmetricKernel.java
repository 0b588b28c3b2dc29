package dev.nibble.core.codec.encode.x86;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VCMPPS;
import static dev.nibble.core.x86.assembler.Instruction.VDIVPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPANDN;
import static dev.nibble.core.x86.assembler.Instruction.VPERM2I128;
import static dev.nibble.core.x86.assembler.Instruction.VPMAXSD;
import static dev.nibble.core.x86.assembler.Instruction.VPMINSD;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHQDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLQDQ;
import static dev.nibble.core.x86.assembler.Instruction.VSUBPS;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.encode.simd.GroupLanes;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Machine code (AVX2) for the search for a scale around zero of groups of 16 numbers, eight groups at a time, one per lane: {@link
 * SymmetricLanes}, with every float operation in the same order.
 *
 * <pre>
 *   RDI  floats               RCX  eights of groups
 *   RSI  scales, written      R8   from a number to its weight, in bytes; not for a search weighted with squares
 *   RDX  factors of the numbers before rounding, written; 0 where all codes are stored as 0
 * </pre>
 *
 * @param limit    codes are {@code −limit} to {@code limit − 1}
 * @param weighted with weights, else with the numbers' squares
 */
record SymmetricKernel(int limit, boolean weighted) {
    /** Groups processed at once. */
    static final int LANES = 8;

    private static final int SIZE = 16;
    private static final int TENTHS = 9;
    private static final int LESS = 1;
    private static final int EQUAL = 0;
    private static final int VECTOR = 32;

    // In the frame: numbers, weights, and number × weight, number i of all groups side by side
    private static final int WEIGHTS = SIZE * VECTOR;
    private static final int PRODUCTS = 2 * SIZE * VECTOR;
    private static final int FRAME = 3 * SIZE * VECTOR;

    private static final Vec EXTREME = ymm(0);
    private static final Vec FACTOR = ymm(1);
    private static final Vec SUM_XL = ymm(2);
    private static final Vec SUM_LL = ymm(3);
    private static final Vec BEST = ymm(4);
    private static final Vec KEPT_SCALE = ymm(5);
    private static final Vec KEPT_FACTOR = ymm(6);
    private static final Vec SHIFT = ymm(7);
    private static final Vec LEAST = ymm(8);
    private static final Vec MOST = ymm(9);
    private static final Vec CODE = ymm(10);
    private static final Vec TERM = ymm(11);
    private static final Vec WHERE = ymm(12);
    private static final Vec TRIAL = ymm(13);

    void write(Assembler code) {
        code.sub(Gpr.RSP, FRAME);
        code.and(Gpr.RSP, -2 * VECTOR);
        Label loop = code.here();
        load(code, Gpr.RDI, 0);
        if (weighted) {
            code.lea(Gpr.R9, Mem.at(Gpr.RDI, Gpr.R8, 1, 0));
            load(code, Gpr.R9, WEIGHTS);
        }
        start(code);
        float shift = GroupLanes.SHIFT;
        int shiftBits = Float.floatToRawIntBits(shift);
        code.op(VMOVUPS, SHIFT, Constants.repeated(code, shift));
        code.op(VMOVUPS, LEAST, Constants.repeated(code, shiftBits - limit));
        code.op(VMOVUPS, MOST, Constants.repeated(code, shiftBits + limit - 1));
        trial(code, Constants.repeated(code, (float) -limit));
        keepAll(code);
        code.lea(Gpr.R10, code.constant(shiftedLimits()));
        code.mov(Gpr.R11, 2 * TENTHS);
        Label next = code.here();
        trial(code, Mem.at(Gpr.R10, 0));
        keepBetter(code);
        code.add(Gpr.R10, VECTOR);
        code.sub(Gpr.R11, 1);
        code.jump(Condition.NOT_EQUAL, next);
        finish(code);
        code.add(Gpr.RDI, LANES * SIZE * Float.BYTES);
        code.add(Gpr.RSI, VECTOR);
        code.add(Gpr.RDX, VECTOR);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }

    private byte[] shiftedLimits() {
        byte[] limits = new byte[2 * TENTHS * VECTOR];
        int at = 0;
        for (int tenths = -TENTHS; tenths <= TENTHS; tenths++) {
            int bits = Float.floatToRawIntBits(-(limit + 0.1f * tenths));
            for (int i = 0; i < VECTOR && tenths != 0; i++) {
                limits[at++] = (byte) (bits >> Byte.SIZE * (i % Float.BYTES));
            }
        }
        return limits;
    }

    /** Interleaves eight groups in the frame. */
    private static void load(Assembler code, Gpr from, int frame) {
        for (int half = 0; half < 2; half++) {
            for (int group = 0; group < LANES; group++) {
                code.op(VMOVUPS, ymm(group), Mem.at(from, group * SIZE * Float.BYTES + half * VECTOR));
            }
            transpose(code);
            for (int i = 0; i < LANES; i++) {
                code.op(VMOVUPS_TO, Mem.at(Gpr.RSP, frame + (half * LANES + i) * VECTOR), ymm(i));
            }
        }
    }

    /** Transposes the first eight registers. */
    private static void transpose(Assembler code) {
        for (int i = 0; i < LANES; i += 2) {
            code.op(VPUNPCKLDQ, ymm(8 + i), ymm(i), ymm(i + 1));
            code.op(VPUNPCKHDQ, ymm(9 + i), ymm(i), ymm(i + 1));
        }
        for (int i = 0; i < LANES; i += 4) {
            for (int j = 0; j < 2; j++) {
                code.op(VPUNPCKLQDQ, ymm(i + 2 * j), ymm(8 + i + j), ymm(10 + i + j));
                code.op(VPUNPCKHQDQ, ymm(i + 2 * j + 1), ymm(8 + i + j), ymm(10 + i + j));
            }
        }
        for (int i = 0; i < LANES / 2; i++) {
            code.op(VPERM2I128, ymm(8), ymm(i), ymm(4 + i), 0x20);
            code.op(VPERM2I128, ymm(4 + i), ymm(i), ymm(4 + i), 0x31);
            code.op(VMOVUPS, ymm(i), ymm(8));
        }
    }

    /** The first number of largest magnitude, and the products. */
    private void start(Assembler code) {
        Vec number = FACTOR;
        Vec magnitude = TERM;
        Vec largest = SUM_XL;
        Vec mask = SHIFT;
        code.op(VMOVUPS, mask, Constants.repeated(code, Integer.MAX_VALUE));
        code.zero(EXTREME);
        code.zero(largest);
        for (int i = 0; i < SIZE; i++) {
            code.op(VMOVUPS, number, Mem.at(Gpr.RSP, i * VECTOR));
            code.op(VPAND, magnitude, number, mask);
            code.op(VCMPPS, WHERE, largest, magnitude, LESS);
            blend(code, EXTREME, number);
            blend(code, largest, magnitude);
            Vec weight = TRIAL;
            if (weighted) {
                code.op(VMOVUPS, weight, Mem.at(Gpr.RSP, WEIGHTS + i * VECTOR));
            } else {
                code.op(VMULPS, weight, number, number);
                code.op(VMOVUPS_TO, Mem.at(Gpr.RSP, WEIGHTS + i * VECTOR), weight);
            }
            code.op(VMULPS, weight, weight, number);
            code.op(VMOVUPS_TO, Mem.at(Gpr.RSP, PRODUCTS + i * VECTOR), weight);
        }
    }

    /** {@code target} becomes {@code other} in the lanes of {@link #WHERE}; {@code other} is lost. */
    private static void blend(Assembler code, Vec target, Vec other) {
        code.op(VPANDN, target, WHERE, target);
        code.op(VPAND, CODE, other, WHERE);
        code.op(VPOR, target, target, CODE);
    }

    /** The sums of a trial that maps the extreme to that code. */
    private static void trial(Assembler code, Mem extremeCode) {
        code.op(VMOVUPS, FACTOR, extremeCode);
        code.op(VDIVPS, FACTOR, FACTOR, EXTREME);
        code.zero(SUM_XL);
        code.zero(SUM_LL);
        for (int i = 0; i < SIZE; i++) {
            code.op(VMULPS, CODE, FACTOR, Mem.at(Gpr.RSP, i * VECTOR));
            code.op(VADDPS, CODE, CODE, SHIFT);
            code.op(VPMAXSD, CODE, CODE, LEAST);
            code.op(VPMINSD, CODE, CODE, MOST);
            code.op(VSUBPS, CODE, CODE, SHIFT);
            code.op(VMULPS, TERM, CODE, Mem.at(Gpr.RSP, PRODUCTS + i * VECTOR));
            code.op(VADDPS, SUM_XL, SUM_XL, TERM);
            code.op(VMULPS, TERM, CODE, Mem.at(Gpr.RSP, WEIGHTS + i * VECTOR));
            code.op(VMULPS, TERM, TERM, CODE);
            code.op(VADDPS, SUM_LL, SUM_LL, TERM);
        }
    }

    /** The best scale for a trial's codes; 0 if they are all 0. */
    private static void trialScale(Assembler code) {
        code.zero(TERM);
        code.op(VCMPPS, TERM, TERM, SUM_LL, EQUAL);
        code.op(VDIVPS, TRIAL, SUM_XL, SUM_LL);
        code.op(VPANDN, TRIAL, TERM, TRIAL);
    }

    private static void keepAll(Assembler code) {
        trialScale(code);
        code.op(VMOVUPS, KEPT_SCALE, TRIAL);
        code.op(VMULPS, BEST, TRIAL, SUM_XL);
        code.op(VMOVUPS, KEPT_FACTOR, FACTOR);
    }

    private static void keepBetter(Assembler code) {
        code.op(VMULPS, WHERE, BEST, SUM_LL);
        code.op(VMULPS, TERM, SUM_XL, SUM_XL);
        code.op(VCMPPS, WHERE, WHERE, TERM, LESS);
        code.zero(TERM);
        code.op(VCMPPS, TERM, TERM, SUM_LL, LESS);
        code.op(VPAND, WHERE, WHERE, TERM);
        trialScale(code);
        blend(code, KEPT_SCALE, TRIAL);
        code.op(VMULPS, TRIAL, TRIAL, SUM_XL);
        blend(code, BEST, TRIAL);
        blend(code, KEPT_FACTOR, FACTOR);
    }

    /** Stores the scales; groups of zeros have a scale of 0. */
    private static void finish(Assembler code) {
        code.op(VPAND, WHERE, EXTREME, Constants.repeated(code, Integer.MAX_VALUE));
        code.op(VCMPPS, WHERE, WHERE, Constants.repeated(code, GroupLanes.ALL_ZERO), LESS);
        code.op(VPANDN, KEPT_SCALE, WHERE, KEPT_SCALE);
        code.op(VPANDN, KEPT_FACTOR, WHERE, KEPT_FACTOR);
        code.op(VMOVUPS_TO, Mem.at(Gpr.RSI, 0), KEPT_SCALE);
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDX, 0), KEPT_FACTOR);
    }
}
