package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import dev.nibble.core.x86.machine.Isa;

/**
 * Unpacks sixteen rows into a {@link Panel}, block by block: eight rows, then the other eight, while the panel's lines are in the cache.
 *
 * <pre>
 *   RDI  row 0                   R8  bytes from one row to the next
 *   RSI  panel                   R9  blocks in a row
 *   RDX  memory to prefetch meanwhile, as large as the rows
 * </pre>
 */
record PanelKernel(RowFormat format, Isa isa) {
    private static final int HALF = Rows.COUNT * Float.BYTES;

    void write(Assembler code) {
        Panel panel = Panel.of(format);
        Rows rows = new Rows(code);
        rows.prepare();
        rows.frame(format.scratchBytes());
        format.once(rows);
        code.mov(Gpr.RCX, Gpr.R8);
        code.shl(Gpr.RCX, 3); // stride of eight rows
        Label loop = code.here();
        code.mov(Gpr.R12, 2);
        Label half = code.here();
        ahead(code);
        format.block(rows);
        block(rows, panel);
        code.sub(Gpr.R12, 1);
        Label done = code.label();
        code.jump(Condition.EQUAL, done);
        code.add(Gpr.RDI, Gpr.RCX);
        code.sub(Gpr.RDI, format.codec().blockBytes());
        code.add(Gpr.RSI, HALF - format.subBlocks() * panel.stride());
        code.jmp(half);
        code.bind(done);
        code.sub(Gpr.RDI, Gpr.RCX);
        code.sub(Gpr.RSI, HALF);
        code.sub(Gpr.R9, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }

    private void ahead(Assembler code) {
        int bytes = Rows.COUNT * format.codec().blockBytes();
        for (int line = 0; line < bytes; line += Panel.LINE) {
            code.prefetch(Mem.at(Gpr.RDX, line));
        }
        code.add(Gpr.RDX, bytes);
    }

    /** Unpacks a block of eight rows and advances RDI and RSI to the next. */
    private void block(Rows rows, Panel panel) {
        Assembler code = rows.code();
        if (format.subBlockBytes() > 0) {
            code.add(Gpr.RDI, format.headerBytes());
            code.mov(Gpr.R15, format.subBlocks());
            Label again = code.here();
            unpack(rows, panel, 0);
            code.add(Gpr.RDI, format.subBlockBytes());
            code.add(Gpr.RSI, panel.stride());
            code.sub(Gpr.R15, 1);
            code.jump(Condition.NOT_EQUAL, again);
            int done = format.headerBytes() + format.subBlocks() * format.subBlockBytes();
            if (done < format.codec().blockBytes()) {
                code.add(Gpr.RDI, format.codec().blockBytes() - done);
            }
        } else {
            for (int subBlock = 0; subBlock < format.subBlocks(); subBlock++) {
                unpack(rows, panel, subBlock);
            }
            code.add(Gpr.RDI, format.codec().blockBytes());
            code.add(Gpr.RSI, format.subBlocks() * panel.stride());
        }
    }

    private void unpack(Rows rows, Panel panel, int subBlock) {
        int record = subBlock * panel.stride();
        four(rows, subBlock, 0, record);
        four(rows, subBlock, 4, record + 16);
        for (int half = 0; half < panel.scaleCount(); half++) {
            copy(rows, format.scale(rows, subBlock, half), record + panel.scale(half));
            if (panel.minimums()) {
                copy(rows, format.minimum(rows, subBlock, half), record + panel.minimum(half));
            }
        }
    }

    private void codes(Rows rows, int row, int subBlock, Vec target) {
        if (format.exceeds7Bits() && !isa.wide()) {
            format.signed(rows, row, subBlock, target);
        } else {
            format.codes(rows, row, subBlock, target);
        }
    }

    private static void copy(Rows rows, Operand values, int offset) {
        rows.code().op(VMOVUPS_TO, Mem.at(Gpr.RSI, offset), rows.loaded(values, VMOVUPS, ymm(6)));
    }

    /** Stores the codes of four rows, four adjacent columns of each. */
    private void four(Rows rows, int subBlock, int row, int offset) {
        for (int i = 0; i < 4; i++) {
            codes(rows, row + i, subBlock, TransposedStore.row(i));
        }
        TransposedStore.store(rows.code(), Mem.at(Gpr.RSI, offset), Panel.LINE);
    }
}
