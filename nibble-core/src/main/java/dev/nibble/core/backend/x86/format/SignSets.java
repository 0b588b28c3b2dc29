package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VPACKUSWB;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPERMD;
import static dev.nibble.core.x86.assembler.Instruction.VPERMQ;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSHUFB;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLW;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHQDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Expands the 7-bit sign sets of a block's 32 vectors to bytes on the stack, 32 per row; the eighth sign makes the number of negatives
 * even.
 */
final class SignSets {
    /** Size on the stack, in bytes. */
    static final int SCRATCH_BYTES = Rows.COUNT * 32;
    private static final Vec SETS = ymm(2);
    private static final Vec OTHER = ymm(3);
    private static final Vec PARITY = ymm(4);
    /** Parity of four signs, in bit 7. */
    private static final Vec PARITIES = ymm(5);

    private SignSets() {}

    /** Address of the signs of a sub-block's four vectors. */
    static Mem place(int row, int subBlock) {
        return Rows.scratch((row * 8 + subBlock) * Integer.BYTES);
    }

    /** Expands eight words of four sets and four other bits, at a stride of {@code stride} words. @param stride 1 or 2 */
    static void ofWords(Rows rows, int offset, int stride) {
        Assembler code = rows.code();
        loadParities(code);
        for (int row = 0; row < Rows.COUNT; row++) {
            if (stride == 1) {
                code.op(VMOVDQU, SETS, rows.at(row, offset));
            } else {
                secondWords(rows, row, offset - Integer.BYTES);
            }
            spread(rows, 2, 0x0000_3FFF);
            spread(rows, 1, 0x007F_007F);
            store(rows, row);
        }
    }

    /** Loads the second, fourth … of sixteen words. */
    private static void secondWords(Rows rows, int row, int offset) {
        Assembler code = rows.code();
        Vec last = PARITY;
        code.op(VMOVDQU, SETS, rows.at(row, offset));
        code.op(VMOVDQU, last, rows.at(row, offset + 32));
        code.op(VPUNPCKLDQ, OTHER, SETS, last);
        code.op(VPUNPCKHDQ, SETS, SETS, last);
        code.op(VPUNPCKHQDQ, SETS, OTHER, SETS); // words 1, 9, 3, 11 of the first eight vectors, then 5, 13, 7, 15
        code.op(VMOVDQU, OTHER, Constants.ints(code, 0, 2, 4, 6, 1, 3, 5, 7));
        code.op(VPERMD, SETS, OTHER, SETS);
    }

    /** Shifts the upper half of the sets left by {@code bits}; {@code low} masks the lower half. */
    private static void spread(Rows rows, int bits, int low) {
        Assembler code = rows.code();
        int width = Integer.bitCount(low & 0xFFFF);
        code.op(VPSLLD, OTHER, SETS, bits);
        code.op(VPAND, OTHER, OTHER, rows.ints(low << width + bits));
        code.op(VPAND, SETS, SETS, rows.ints(low));
        code.op(VPOR, SETS, SETS, OTHER);
    }

    /** Expands the upper seven of every 16 bits. */
    static void ofPairs(Rows rows, int offset) {
        Assembler code = rows.code();
        loadParities(code);
        for (int row = 0; row < Rows.COUNT; row++) {
            code.op(VMOVDQU, SETS, rows.at(row, offset));
            code.op(VMOVDQU, OTHER, rows.at(row, offset + 32));
            code.op(VPSRLW, SETS, SETS, 9);
            code.op(VPSRLW, OTHER, OTHER, 9);
            code.op(VPACKUSWB, SETS, SETS, OTHER);
            code.op(VPERMQ, SETS, SETS, 0b11_01_10_00);
            store(rows, row);
        }
    }

    private static void loadParities(Assembler code) {
        byte[] parities = new byte[32];
        for (int i = 0; i < parities.length; i++) {
            parities[i] = (byte) (Integer.bitCount(i % 16) << 7);
        }
        code.op(VMOVDQU, PARITIES, code.constant(parities));
    }

    /** Adds the eighth signs, the parities of low and high bits combined, and stores all. */
    private static void store(Rows rows, int row) {
        Assembler code = rows.code();
        rows.mask(PARITY, SETS, 15);
        code.op(VPSRLW, OTHER, SETS, 4);
        rows.mask(OTHER, OTHER, 15);
        code.op(VPSHUFB, PARITY, PARITIES, PARITY);
        code.op(VPSHUFB, OTHER, PARITIES, OTHER);
        code.op(VPXOR, PARITY, PARITY, OTHER);
        code.op(VPOR, SETS, SETS, PARITY);
        code.op(VMOVDQU_TO, place(row, 0), SETS);
    }
}
