package dev.nibble.core.backend.x86.attention;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTPH2PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRW;
import static dev.nibble.core.x86.assembler.Instruction.VPMOVSXBD;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Decodes keys or values to F32: RDI source in the codec, RSI floats, RCX values / 32.
 *
 * @param codec F16 or Q8_0
 */
record UnpackKernel(Codec codec) {
    /** Values per iteration. */
    static final int STEP = 32;

    private static final int SCALE_BYTES = 2;

    void write(Assembler code) {
        Label loop = code.here();
        if (codec.equals(Q8_0.Q8_0)) {
            codes(code);
        } else {
            for (int i = 0; i < 4; i++) {
                code.op(VCVTPH2PS, ymm(0), Mem.at(Gpr.RDI, 16 * i));
                code.op(VMOVUPS_TO, Mem.at(Gpr.RSI, 32 * i), ymm(0));
            }
        }
        code.add(Gpr.RDI, Math.toIntExact(codec.bytes(STEP)));
        code.add(Gpr.RSI, STEP * Float.BYTES);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }

    private static void codes(Assembler code) {
        Vec scale = ymm(1);
        code.op(VPINSRW, scale.as(128), scale.as(128), Mem.at(Gpr.RDI, 0), 0);
        code.op(VCVTPH2PS, scale.as(128), scale.as(128));
        code.op(VBROADCASTSS, scale, scale.as(128));
        for (int i = 0; i < 4; i++) {
            code.op(VPMOVSXBD, ymm(0), Mem.at(Gpr.RDI, SCALE_BYTES + 8 * i));
            code.op(VCVTDQ2PS, ymm(0), ymm(0));
            code.op(VMULPS, ymm(0), ymm(0), scale);
            code.op(VMOVUPS_TO, Mem.at(Gpr.RSI, 32 * i), ymm(0));
        }
    }
}
