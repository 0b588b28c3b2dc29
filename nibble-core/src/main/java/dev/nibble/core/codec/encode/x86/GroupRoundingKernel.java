package dev.nibble.core.codec.encode.x86;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VDIVPS;
import static dev.nibble.core.x86.assembler.Instruction.VEXTRACTF128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VPACKUSDW;
import static dev.nibble.core.x86.assembler.Instruction.VPACKUSWB;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPERMQ;
import static dev.nibble.core.x86.assembler.Instruction.VPMAXSD;
import static dev.nibble.core.x86.assembler.Instruction.VPMINSD;
import static dev.nibble.core.x86.assembler.Instruction.VPSUBD;
import static dev.nibble.core.x86.assembler.Vec.xmm;
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
 * Machine code (AVX2) that divides groups of 16 numbers by their scales and rounds as {@code codec.Rounding.halfEven}; codes are stored as
 * unsigned values from 0. For a scale of 0 the codes are undefined.
 *
 * <pre>
 *   RDI  floats              RDX  scales
 *   RSI  bytes, written      RCX  groups
 * </pre>
 *
 * @param limit codes are {@code −limit} to {@code limit − 1}
 */
record GroupRoundingKernel(int limit) {
    private static final int SIZE = 16;
    private static final int VECTOR = 32;
    private static final Vec SCALE = ymm(2);

    void write(Assembler code) {
        Label loop = code.here();
        code.op(VBROADCASTSS, SCALE, Mem.at(Gpr.RDX, 0));
        for (int i = 0; i < 2; i++) {
            code.op(VMOVUPS, ymm(i), Mem.at(Gpr.RDI, i * VECTOR));
            code.op(VDIVPS, ymm(i), ymm(i), SCALE);
            code.op(VADDPS, ymm(i), ymm(i), Constants.repeated(code, GroupLanes.SHIFT));
            code.op(VPAND, ymm(i), ymm(i), Constants.repeated(code, GroupLanes.MANTISSA));
            code.op(VPSUBD, ymm(i), ymm(i), Constants.repeated(code, GroupLanes.HALF_MANTISSA));
            code.op(VPMAXSD, ymm(i), ymm(i), Constants.repeated(code, -limit));
            code.op(VPMINSD, ymm(i), ymm(i), Constants.repeated(code, limit - 1));
            code.op(VPADDD, ymm(i), ymm(i), Constants.repeated(code, limit));
        }
        code.op(VPACKUSDW, ymm(0), ymm(0), ymm(1));
        code.op(VPERMQ, ymm(0), ymm(0), 0b11_01_10_00);
        code.store(VEXTRACTF128, xmm(1), ymm(0), 1);
        code.op(VPACKUSWB, xmm(0), xmm(0), xmm(1));
        code.op(VMOVDQU_TO, Mem.at(Gpr.RSI, 0), xmm(0));
        code.add(Gpr.RDI, SIZE * Float.BYTES);
        code.add(Gpr.RSI, SIZE);
        code.add(Gpr.RDX, Float.BYTES);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }
}
