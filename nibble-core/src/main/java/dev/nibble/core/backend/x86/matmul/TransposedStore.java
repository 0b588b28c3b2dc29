package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VEXTRACTF128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHQDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLQDQ;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;
import java.util.function.IntFunction;

/** Transposed store of four rows of eight 32-bit words in YMM6 … YMM9; YMM10 … YMM13 are changed. */
final class TransposedStore {
    static final int WORDS = 8;

    private TransposedStore() {}

    static Vec row(int number) {
        return ymm(6 + number);
    }

    /** Writes stores of word i of all four rows at {@code target + i · stride}. */
    static void store(Assembler code, Mem target, int stride) {
        store(code, i -> target.plus(i * stride));
    }

    /** Writes stores of word i of all four rows at {@code targets(i)}. */
    static void store(Assembler code, IntFunction<Mem> targets) {
        code.op(VPUNPCKLDQ, ymm(10), row(0), row(1));
        code.op(VPUNPCKHDQ, ymm(11), row(0), row(1));
        code.op(VPUNPCKLDQ, ymm(12), row(2), row(3));
        code.op(VPUNPCKHDQ, ymm(13), row(2), row(3));
        code.op(VPUNPCKLQDQ, ymm(6), ymm(10), ymm(12));
        code.op(VPUNPCKHQDQ, ymm(7), ymm(10), ymm(12));
        code.op(VPUNPCKLQDQ, ymm(8), ymm(11), ymm(13));
        code.op(VPUNPCKHQDQ, ymm(9), ymm(11), ymm(13));
        for (int i = 0; i < WORDS / 2; i++) {
            code.op(VMOVDQU_TO, targets.apply(i), ymm(6 + i).as(128));
            code.store(VEXTRACTF128, targets.apply(i + WORDS / 2), ymm(6 + i), 1);
        }
    }
}
