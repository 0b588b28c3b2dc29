package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;

import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/**
 * Copies eight rows of BF16 values into one half of every line of {@link AmxTiles}.
 *
 * <pre>
 *   RDI  row 0                   R8   bytes from one row to the next
 *   RSI  half of the first line  R9   tiles
 * </pre>
 */
final class BfloatRowsKernel {
    private static final int ROWS = 4;
    private static final int WORD = 4;

    private BfloatRowsKernel() {}

    static void write(Assembler code) {
        Rows rows = new Rows(code);
        rows.prepare();
        Label loop = code.here();
        for (int line = 0; line < AmxTiles.ROWS; line += TransposedStore.WORDS) {
            for (int first = 0; first < Rows.COUNT; first += ROWS) {
                for (int i = 0; i < ROWS; i++) {
                    code.op(VMOVDQU, TransposedStore.row(i), rows.at(first + i, line * WORD));
                }
                TransposedStore.store(code, Mem.at(Gpr.RSI, line * AmxTiles.LINE + first * WORD), AmxTiles.LINE);
            }
        }
        code.add(Gpr.RDI, AmxTiles.LINE);
        code.add(Gpr.RSI, AmxTiles.BYTES);
        code.sub(Gpr.R9, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }
}
