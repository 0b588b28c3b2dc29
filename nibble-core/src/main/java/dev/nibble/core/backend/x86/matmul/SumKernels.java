package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/** Kernels that reorder or copy sums. */
final class SumKernels {
    private static final int ROWS = 4;
    private static final int BYTES = 32;

    private SumKernels() {}

    /**
     * Deinterleaves sums of eight streams: {@code target[s · rows + i] ← sums[i · 8 + s]}.
     *
     * <pre>
     *   RDI  target                  RCX  rows / 4
     *   RSI  sums                    R8   bytes per stream
     * </pre>
     */
    static void deinterleave(Assembler code) {
        new Rows(code).prepare();
        Label loop = code.here();
        for (int i = 0; i < ROWS; i++) {
            code.op(VMOVDQU, TransposedStore.row(i), Mem.at(Gpr.RSI, i * BYTES));
        }
        Rows streams = new Rows(code);
        TransposedStore.store(code, stream -> streams.at(stream, 0));
        code.add(Gpr.RSI, ROWS * BYTES);
        code.add(Gpr.RDI, ROWS * Float.BYTES);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }

    /**
     * Copies lines of a fixed width.
     *
     * <pre>
     *   RDI  target                  RCX  lines
     *   RSI  source                  R8   bytes from one line of the target to the next
     *                                R9   the same of the source
     * </pre>
     */
    static void copy(Assembler code, int floats) {
        Label loop = code.here();
        for (int at = 0; at < floats * Float.BYTES; at += BYTES) {
            code.op(VMOVDQU, ymm(0), Mem.at(Gpr.RSI, at));
            code.op(VMOVDQU_TO, Mem.at(Gpr.RDI, at), ymm(0));
        }
        code.add(Gpr.RDI, Gpr.R8);
        code.add(Gpr.RSI, Gpr.R9);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }
}
