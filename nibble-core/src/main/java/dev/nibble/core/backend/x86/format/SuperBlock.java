package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSUBD;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;

/** A block of 256 values, with its scales and minimums first stored in tables. */
interface SuperBlock extends RowFormat {
    /** Number of tables of scales; as many of minimums follow. */
    default int tables() {
        return hasScalePer16() ? 2 * subBlocks() : subBlocks();
    }

    @Override
    default Operand scale(Rows rows, int subBlock, int half) {
        return Rows.table(hasScalePer16() ? 2 * subBlock + half : subBlock);
    }

    @Override
    default Operand minimum(Rows rows, int subBlock, int half) {
        return Rows.table(tables() + (hasScalePer16() ? 2 * subBlock + half : subBlock));
    }

    /**
     * Writes four tables {@code factor · (number − offset)} from registers with four small integers per row, one per byte.
     *
     * @param first table of the lowest byte
     * @param temporary two registers
     */
    static void tables(Rows rows, Vec packed, int bits, int offset, Vec factor, int first, Vec... temporary) {
        for (int i = 0; i < Integer.BYTES; i++) {
            table(rows, packed, Byte.SIZE * i, bits, offset, factor, first + i, temporary);
        }
    }

    /** Writes one table, from {@code bits} bits at {@code shift} of each row's 32. */
    static void table(Rows rows, Vec packed, int shift, int bits, int offset, Vec factor, int number, Vec... temporary) {
        Assembler code = rows.code();
        Vec t = temporary[0];
        if (shift > 0) {
            code.op(VPSRLD, t, packed, shift);
            if (shift + bits < Integer.SIZE) {
                code.op(VPAND, t, t, rows.ints((1 << bits) - 1));
            }
        } else {
            code.op(VPAND, t, packed, rows.ints((1 << bits) - 1));
        }
        store(rows, t, offset, factor, number);
    }

    /** Stores a table of {@code factor · (numbers − offset)}. */
    static void store(Rows rows, Vec numbers, int offset, Vec factor, int number) {
        Assembler code = rows.code();
        if (offset != 0) {
            code.op(VPSUBD, numbers, numbers, rows.ints(offset));
        }
        code.op(VCVTDQ2PS, numbers, numbers);
        code.op(VMULPS, numbers, numbers, factor);
        code.op(VMOVUPS_TO, Rows.table(number), numbers);
    }
}
