package dev.nibble.core.backend.x86.attention;

import static dev.nibble.core.x86.assembler.Instruction.VCVTPH2PS;
import static dev.nibble.core.x86.assembler.Instruction.VEXTRACTF128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHQDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLQDQ;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/**
 * Transposes the keys of a page: {@code target[dimension][position]} floats, {@value AttentionPage#POSITIONS} positions per dimension.
 *
 * <pre>
 *   RDI  keys, position after position       RCX  positions / 4
 *   RSI  target
 * </pre>
 *
 * @param f16 whether keys are F16; else F32
 */
record KeysKernel(int headSize, boolean f16) {
    private static final int EIGHT = 8;

    void write(Assembler code) {
        int size = f16 ? Short.BYTES : Float.BYTES;
        int rowBytes = headSize * size;
        Label four = code.here();
        code.mov(Gpr.RAX, Gpr.RDI);
        code.mov(Gpr.RBX, Gpr.RSI);
        code.mov(Gpr.R12, headSize / EIGHT);
        Label eight = code.here();
        for (int i = 0; i < 4; i++) {
            code.op(f16 ? VCVTPH2PS : VMOVUPS, ymm(i), Mem.at(Gpr.RAX, i * rowBytes));
        }
        code.op(VPUNPCKLDQ, ymm(4), ymm(0), ymm(1));
        code.op(VPUNPCKHDQ, ymm(5), ymm(0), ymm(1));
        code.op(VPUNPCKLDQ, ymm(6), ymm(2), ymm(3));
        code.op(VPUNPCKHDQ, ymm(7), ymm(2), ymm(3));
        code.op(VPUNPCKLQDQ, ymm(0), ymm(4), ymm(6));
        code.op(VPUNPCKHQDQ, ymm(1), ymm(4), ymm(6));
        code.op(VPUNPCKLQDQ, ymm(2), ymm(5), ymm(7));
        code.op(VPUNPCKHQDQ, ymm(3), ymm(5), ymm(7));
        for (int i = 0; i < 4; i++) {
            code.op(VMOVUPS_TO, Mem.at(Gpr.RBX, i * AttentionPage.ROW), ymm(i).as(128));
            code.store(VEXTRACTF128, Mem.at(Gpr.RBX, (i + 4) * AttentionPage.ROW), ymm(i), 1);
        }
        code.add(Gpr.RAX, EIGHT * size);
        code.add(Gpr.RBX, EIGHT * AttentionPage.ROW);
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, eight);
        code.add(Gpr.RDI, 4 * rowBytes);
        code.add(Gpr.RSI, 4 * Float.BYTES);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, four);
    }
}
