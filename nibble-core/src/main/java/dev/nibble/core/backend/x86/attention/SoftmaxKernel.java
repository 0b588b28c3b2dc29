package dev.nibble.core.backend.x86.attention;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VDIVPS;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMAXPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVSS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPANDN;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPCMPGTD;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSUBD;
import static dev.nibble.core.x86.assembler.Instruction.VSUBPS;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.backend.x86.elementwise.ExponentialCode;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Reduction;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Continues the softmax of every query by a page: {@code scores[i] ← e^(scale · scores[i] − largest)}, 0 for masked positions. Milakov and
 * Gimelshein 2018, "Online normalizer calculation for softmax".
 *
 * <pre>
 *   RDI  scores                               RCX  queries
 *   RSI  states
 *   RDX  float scale, float cap, float 2/cap
 * </pre>
 *
 * @param capped whether scaled scores are soft-capped to {@code cap · tanh(score / cap)}, computed as
 *               {@code cap · (1 − 2 / (e^(2 score / cap) + 1))}: within 2⁻²² of the cap
 * @param sloping whether the state's slope times the (non-positive) distance from the query's own position is then added
 */
record SoftmaxKernel(boolean capped, boolean sloping) {
    static final int CAP = 4;
    static final int TWO_BY_CAP = 8;

    private static final float LOWEST = -Float.MAX_VALUE;
    private static final Vec LARGEST = ymm(0);
    private static final Vec FROM = ymm(1);
    private static final Vec TO = ymm(2);
    private static final Vec X = ymm(3);
    private static final Vec SCALE = ymm(8);
    private static final Vec[] SUMS = {ymm(9), ymm(10)};
    private static final int VECTORS = AttentionPage.ROW / 32;

    void write(Assembler code) {
        code.op(VBROADCASTSS, SCALE, Mem.at(Gpr.RDX, 0));
        Label query = code.here();
        code.op(VPBROADCASTD, FROM, Mem.at(Gpr.RSI, AttentionPage.FROM));
        code.op(VPBROADCASTD, TO, Mem.at(Gpr.RSI, AttentionPage.TO));
        code.op(VBROADCASTSS, LARGEST, Mem.at(Gpr.RSI, AttentionPage.LARGEST));
        for (int i = 0; i < VECTORS; i++) {
            scaled(code, i);
        }
        Reduction.across(code, LARGEST, VMAXPS, ymm(5));
        code.op(VBROADCASTSS, LARGEST, LARGEST.as(128));
        code.op(VBROADCASTSS, X, Mem.at(Gpr.RSI, AttentionPage.LARGEST));
        code.op(VMOVSS_TO, Mem.at(Gpr.RSI, AttentionPage.LARGEST), LARGEST.as(128));
        code.op(VSUBPS, X, X, LARGEST);
        ExponentialCode.write(code, X, ymm(4), ymm(5), ymm(6));
        code.op(VMOVSS_TO, Mem.at(Gpr.RSI, AttentionPage.FACTOR), X.as(128));
        code.op(VBROADCASTSS, ymm(11), Mem.at(Gpr.RSI, AttentionPage.SUM));
        code.op(VMULPS, ymm(11), ymm(11), X);
        for (Vec sum : SUMS) {
            code.zero(sum);
        }
        for (int i = 0; i < VECTORS; i++) {
            weight(code, i);
        }
        code.op(VADDPS, SUMS[0], SUMS[0], SUMS[1]);
        Reduction.across(code, SUMS[0], VADDPS, ymm(5));
        code.op(VADDPS, SUMS[0], SUMS[0], ymm(11));
        code.op(VMOVSS_TO, Mem.at(Gpr.RSI, AttentionPage.SUM), SUMS[0].as(128));
        code.add(Gpr.RDI, AttentionPage.ROW);
        code.add(Gpr.RSI, AttentionPage.STATE);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, query);
    }

    /** Scales eight scores and masks them. */
    private void scaled(Assembler code, int i) {
        code.op(VMULPS, X, SCALE, Mem.at(Gpr.RDI, 32 * i));
        if (capped) {
            cap(code);
        }
        if (sloping) {
            slope(code, i);
        }
        seen(code, i);
        code.op(VPAND, X, X, ymm(4));
        code.op(VPANDN, ymm(5), ymm(4), Constants.repeated(code, LOWEST));
        code.op(VPOR, X, X, ymm(5));
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDI, 32 * i), X);
        code.op(VMAXPS, LARGEST, X, LARGEST);
    }

    private static void cap(Assembler code) {
        Vec cap = ymm(12);
        code.op(VBROADCASTSS, cap, Mem.at(Gpr.RDX, TWO_BY_CAP));
        code.op(VMULPS, X, X, cap);
        ExponentialCode.write(code, X, ymm(4), ymm(5), ymm(6));
        code.op(VADDPS, X, X, Constants.repeated(code, 1f));
        code.op(VMOVUPS, ymm(4), Constants.repeated(code, -2f));
        code.op(VDIVPS, X, ymm(4), X);
        code.op(VADDPS, X, X, Constants.repeated(code, 1f));
        code.op(VBROADCASTSS, cap, Mem.at(Gpr.RDX, CAP));
        code.op(VMULPS, X, X, cap);
    }

    private static void slope(Assembler code, int i) {
        Vec distance = ymm(4);
        Vec slope = ymm(5);
        code.op(VPBROADCASTD, slope, Mem.at(Gpr.RSI, AttentionPage.OWN));
        code.op(VMOVUPS, distance, positions(code, i));
        code.op(VPSUBD, distance, distance, slope);
        code.op(VCVTDQ2PS, distance, distance);
        code.op(VBROADCASTSS, slope, Mem.at(Gpr.RSI, AttentionPage.SLOPE));
        code.op(VFMADD231PS, X, distance, slope);
    }

    private static Mem positions(Assembler code, int i) {
        int[] positions = new int[8];
        for (int lane = 0; lane < positions.length; lane++) {
            positions[lane] = 8 * i + lane;
        }
        return Constants.ints(code, positions);
    }

    /** YMM4: all ones for positions {@code from ≤ position < to}. */
    private static void seen(Assembler code, int i) {
        code.op(VMOVUPS, ymm(5), positions(code, i));
        code.op(VPCMPGTD, ymm(4), TO, ymm(5));
        code.op(VPCMPGTD, ymm(5), FROM, ymm(5));
        code.op(VPANDN, ymm(4), ymm(5), ymm(4));
    }

    private static void weight(Assembler code, int i) {
        code.op(VMOVUPS, X, Mem.at(Gpr.RDI, 32 * i));
        code.op(VSUBPS, X, X, LARGEST);
        ExponentialCode.write(code, X, ymm(4), ymm(5), ymm(6));
        seen(code, i);
        code.op(VPAND, X, X, ymm(4));
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDI, 32 * i), X);
        code.op(VADDPS, SUMS[i % 2], SUMS[i % 2], X);
    }
}
