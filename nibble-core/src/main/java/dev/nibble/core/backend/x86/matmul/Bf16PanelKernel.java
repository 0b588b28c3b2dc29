package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTNE2PS2BF16;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD213PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPERMW;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSUBD;
import static dev.nibble.core.x86.assembler.Vec.zmm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Decodes a {@link Panel} of codes to BF16, rounding half to even, in {@link AmxTiles}.
 *
 * <pre>
 *   RDI  panel                   RCX  sub-blocks of 32 columns
 *   RSI  tiles
 * </pre>
 *
 * @param zero zero point of the codes
 */
record Bf16PanelKernel(Panel panel, int zero) {
    private static final int COLUMNS = 4; // of a row, adjacent in the panel
    private static final Vec MASK = zmm(16);
    private static final Vec ZERO = zmm(17);
    private static final Vec ORDER = zmm(18);

    void write(Assembler code) {
        code.op(VPBROADCASTD, MASK, Constants.repeated(code, 0xFF));
        code.op(VPBROADCASTD, ZERO, Constants.repeated(code, zero));
        code.op(VMOVDQU, ORDER, code.constant(order()));
        Label loop = code.here();
        int steps = Panel.STEPS / panel.scaleCount();
        for (int half = 0; half < panel.scaleCount(); half++) {
            code.op(VMOVUPS, scale(half), Mem.at(Gpr.RDI, panel.scale(half)));
            if (panel.minimums()) {
                code.op(VMOVUPS, minimum(half), Mem.at(Gpr.RDI, panel.minimum(half)));
            }
            for (int step = half * steps; step < (half + 1) * steps; step++) {
                step(code, step, half);
            }
        }
        code.add(Gpr.RDI, panel.stride());
        code.add(Gpr.RSI, AmxTiles.BYTES);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }

    private static Vec scale(int half) {
        return zmm(19 + half);
    }

    private static Vec minimum(int half) {
        return zmm(21 + half);
    }

    /** Permutation that interleaves words i and i + 16. */
    private static byte[] order() {
        byte[] order = new byte[AmxTiles.LINE];
        for (int i = 0; i < AmxTiles.ROWS; i++) {
            order[4 * i] = (byte) i;
            order[4 * i + 2] = (byte) (AmxTiles.ROWS + i);
        }
        return order;
    }

    private void step(Assembler code, int step, int half) {
        Vec codes = zmm(0);
        code.op(VMOVDQU, codes, Mem.at(Gpr.RDI, step * Panel.LINE));
        for (int column = 0; column < COLUMNS; column++) {
            number(code, codes, column, half);
        }
        for (int pair = 0; pair < COLUMNS / 2; pair++) {
            Vec left = zmm(1 + 2 * pair);
            code.op(VCVTNE2PS2BF16, left, zmm(2 + 2 * pair), left);
            code.op(VPERMW, left, ORDER, left);
            code.op(VMOVDQU_TO, Mem.at(Gpr.RSI, (step * COLUMNS / 2 + pair) * AmxTiles.LINE), left);
        }
    }

    private void number(Assembler code, Vec codes, int column, int half) {
        Vec number = zmm(1 + column);
        Vec shifted = column == 0 ? codes : number;
        if (column > 0) {
            code.op(VPSRLD, number, codes, column * Byte.SIZE);
        }
        if (column < COLUMNS - 1) {
            code.op(VPAND, number, shifted, MASK);
        }
        if (zero != 0) {
            code.op(VPSUBD, number, number, ZERO);
        }
        code.op(VCVTDQ2PS, number, number);
        if (panel.minimums()) {
            code.op(VFMADD213PS, number, scale(half), minimum(half));
        } else {
            code.op(VMULPS, number, number, scale(half));
        }
    }
}
