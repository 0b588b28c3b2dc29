package dev.nibble.core.linalg;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Machine code for a tile of sums of outer products: {@value #ROWS} columns of one panel with the {@value #COLUMNS} of another. A panel has
 * {@value #COLUMNS} columns of every row of x, row after row.
 *
 * <pre>
 *   RDI  the first column of the tile's rows, in its panel     RDX  tile, written: float[8][48]
 *   RSI  the panel of the tile's columns                       RCX  rows of x
 * </pre>
 *
 * @param bits of a vector: 512 or 256
 */
record OuterProductKernel(int bits) {
    static final int ROWS = 8;
    static final int COLUMNS = 48;
    private static final int STEP = COLUMNS * Float.BYTES;
    private static final int VECTORS = 3;

    void write(Assembler code) {
        int rows = bits == 512 ? ROWS : ROWS / 2;
        int width = VECTORS * bits / Float.SIZE;
        for (int row = 0; row < ROWS; row += rows) {
            for (int column = 0; column < COLUMNS; column += width) {
                part(code, row, rows, column);
            }
        }
    }

    /** A part of the tile: as many sums as there are registers for. */
    private void part(Assembler code, int firstRow, int rows, int firstColumn) {
        for (int i = 0; i < rows * VECTORS; i++) {
            code.zero(sum(i));
        }
        code.lea(Gpr.RAX, Mem.at(Gpr.RDI, firstRow * Float.BYTES));
        code.lea(Gpr.RBX, Mem.at(Gpr.RSI, firstColumn * Float.BYTES));
        code.mov(Gpr.R12, Gpr.RCX);
        code.align(16);
        Label loop = code.here();
        Vec factor = sum(rows * VECTORS + VECTORS);
        for (int j = 0; j < VECTORS; j++) {
            code.op(VMOVUPS, sum(rows * VECTORS + j), Mem.at(Gpr.RBX, j * bits / Byte.SIZE));
        }
        for (int i = 0; i < rows; i++) {
            code.op(VBROADCASTSS, factor, Mem.at(Gpr.RAX, i * Float.BYTES));
            for (int j = 0; j < VECTORS; j++) {
                code.op(VFMADD231PS, sum(i * VECTORS + j), factor, sum(rows * VECTORS + j));
            }
        }
        code.add(Gpr.RAX, STEP);
        code.add(Gpr.RBX, STEP);
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, loop);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < VECTORS; j++) {
                int at = (firstRow + i) * STEP + firstColumn * Float.BYTES + j * bits / Byte.SIZE;
                code.op(VMOVUPS_TO, Mem.at(Gpr.RDX, at), sum(i * VECTORS + j));
            }
        }
    }

    private Vec sum(int i) {
        return new Vec(i, bits);
    }
}
