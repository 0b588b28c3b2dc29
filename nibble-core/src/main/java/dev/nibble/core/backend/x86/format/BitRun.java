package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI128;
import static dev.nibble.core.x86.assembler.Instruction.VINSERTI128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVQ;
import static dev.nibble.core.x86.assembler.Instruction.VPACKUSWB;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPERMQ;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRD;
import static dev.nibble.core.x86.assembler.Instruction.VPMULLW;
import static dev.nibble.core.x86.assembler.Instruction.VPSHUFB;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLW;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Unpacks 32 contiguous codes of 3, 5, 6 or 7 bits, lowest first. Each code's two bytes are moved to a 16-bit word, multiplied so that the
 * code starts at bit 8, and shifted right.
 */
final class BitRun {
    private static final int WORDS = 16;
    private static final int NOTHING = 0x80;
    private static final int WINDOW = 16;

    private BitRun() {}

    static void write(Rows rows, int row, int bits, Vec target) {
        Assembler code = rows.code();
        Vec upper = Rows.temporary(0);
        int bytes = RowFormat.SUB_BLOCK * bits / Byte.SIZE;
        int second = Math.max(0, bytes - WINDOW); // start of the window of the upper sixteen codes; nothing beyond the codes is read
        if (bytes < WINDOW) {
            code.op(VMOVQ, target.as(128), rows.at(row, 0));
            code.op(VPINSRD, target.as(128), target.as(128), rows.at(row, 8), 2);
            code.op(VINSERTI128, target, target, target.as(128), 1);
            code.op(VPSHUFB, upper, target, code.constant(order(bits, WORDS, 0, bytes)));
            code.op(VPSHUFB, target, target, code.constant(order(bits, 0, 0, bytes)));
        } else {
            code.op(VBROADCASTI128, target, rows.at(row, 0));
            code.op(VBROADCASTI128, upper, rows.at(row, second));
            code.op(VPSHUFB, target, target, code.constant(order(bits, 0, 0, bytes)));
            code.op(VPSHUFB, upper, upper, code.constant(order(bits, WORDS, second, bytes)));
        }
        shift(rows, bits, 0, target);
        shift(rows, bits, WORDS, upper);
        code.op(VPACKUSWB, target, target, upper);
        code.op(VPERMQ, target, target, 0b11_01_10_00);
    }

    private static void shift(Rows rows, int bits, int first, Vec words) {
        Assembler code = rows.code();
        byte[] factors = new byte[2 * WORDS];
        byte[] masks = new byte[2 * WORDS];
        for (int i = 0; i < WORDS; i++) {
            int factor = 1 << Byte.SIZE - (first + i) * bits % Byte.SIZE;
            factors[2 * i] = (byte) factor;
            factors[2 * i + 1] = (byte) (factor >> Byte.SIZE);
            masks[2 * i] = (byte) ((1 << bits) - 1);
        }
        code.op(VPMULLW, words, words, code.constant(factors));
        code.op(VPSRLW, words, words, Byte.SIZE);
        code.op(VPAND, words, words, code.constant(masks));
    }

    /** Shuffle of each of sixteen codes' two bytes from the window. */
    private static byte[] order(int bits, int first, int windowStart, int bytes) {
        byte[] order = new byte[2 * WORDS];
        for (int i = 0; i < WORDS; i++) {
            int at = (first + i) * bits / Byte.SIZE;
            order[2 * i] = (byte) (at - windowStart);
            order[2 * i + 1] = (byte) (at + 1 < bytes && at + 1 - windowStart < WINDOW ? at + 1 - windowStart : NOTHING);
        }
        return order;
    }
}
