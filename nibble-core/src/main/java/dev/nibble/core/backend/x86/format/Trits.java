package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI128;
import static dev.nibble.core.x86.assembler.Instruction.VINSERTI128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VPADDB;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPAVGB;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPMULLW;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLW;
import static dev.nibble.core.x86.assembler.Instruction.VPSUBUSB;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.ScaleOnlyCodec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/** TQ1_0: five ternary digits per byte, as a fraction of 256: digit n is the carry when byte · 3ⁿ is multiplied by 3. */
record Trits(ScaleOnlyCodec codec) implements OneScale {
    private static final int[] POWERS = {1, 3, 9, 27, 81};
    private static final int SIXTEENS = 32; // offset of bytes with 16 values per digit
    private static final int FOURS = 48; // offset of bytes with 4 values per digit
    private static final int DIGITS = 5;
    private static final Vec BYTES = ymm(2);
    private static final Vec DIGIT = ymm(3);
    private static final Vec LESS = ymm(4);
    private static final Vec NONE = ymm(5);

    @Override
    public int largest() {
        return 2;
    }

    @Override
    public int scratchBytes() {
        return Rows.COUNT * codec.blockSize();
    }

    private Mem place(int row, int subBlock) {
        return Rows.scratch((row * subBlocks() + subBlock) * SUB_BLOCK);
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        rows.code().op(VMOVDQU, target, place(row, subBlock));
    }

    /** Unpacks all codes of the block: the next digit is the carry when the remainder is multiplied by 3. */
    @Override
    public void block(Rows rows) {
        OneScale.super.block(rows);
        Assembler code = rows.code();
        code.zero(NONE);
        for (int row = 0; row < Rows.COUNT; row++) {
            code.op(VMOVDQU, BYTES, rows.at(row, 0));
            for (int subBlock = 0; subBlock < DIGITS; subBlock++) {
                if (subBlock > 0) {
                    code.op(VPADDB, DIGIT, BYTES, BYTES);
                    code.op(VPADDB, BYTES, BYTES, DIGIT);
                }
                store(rows, row, subBlock);
            }
            for (int subBlock = DIGITS; subBlock < subBlocks(); subBlock++) {
                ofShorter(rows, row, subBlock);
                store(rows, row, subBlock);
            }
        }
    }

    /** Loads bytes with 16 or 4 values per digit, times powers of three. */
    private static void ofShorter(Rows rows, int row, int subBlock) {
        Assembler code = rows.code();
        int[] powers = new int[8]; // per four bytes
        code.op(VBROADCASTI128, BYTES, rows.at(row, SIXTEENS));
        int digit = 2 * (subBlock - DIGITS);
        for (int i = 0; i < powers.length; i++) {
            powers[i] = i < 4 ? POWERS[digit] : subBlock < 7 ? POWERS[digit + 1] : POWERS[i - 4];
        }
        if (subBlock == 7) {
            code.op(VPBROADCASTD, DIGIT.as(128), rows.at(row, FOURS));
            code.op(VINSERTI128, BYTES, BYTES, DIGIT.as(128), 1);
        }
        multiply(rows, powers);
    }

    /** Multiplies bytes by a power of three each, modulo 256: odd and even bytes separately, as halves of words. */
    private static void multiply(Rows rows, int... powers) {
        Assembler code = rows.code();
        byte[] factors = new byte[32];
        byte[] even = new byte[32];
        byte[] odd = new byte[32];
        for (int i = 0; i < factors.length; i += 2) {
            factors[i] = (byte) powers[i / Integer.BYTES];
            even[i] = -1;
            odd[i + 1] = -1;
        }
        code.op(VPAND, DIGIT, BYTES, code.constant(odd));
        code.op(VPMULLW, DIGIT, DIGIT, code.constant(factors));
        code.op(VPMULLW, BYTES, BYTES, code.constant(factors));
        code.op(VPAND, BYTES, BYTES, code.constant(even));
        code.op(VPOR, BYTES, BYTES, DIGIT);
    }

    /**
     * Stores the thirds of 256 in each byte b: the upper two bits of ⌊3b / 4⌋. VPAVGB rounds up, so averages are taken of b − 1: ⌈(b − 1) /
     * 2⌉ = ⌊b / 2⌋, ⌈(b − 1 + ⌊b / 2⌋) / 2⌉ = ⌊3b / 4⌋.
     */
    private void store(Rows rows, int row, int subBlock) {
        Assembler code = rows.code();
        code.op(VPSUBUSB, LESS, BYTES, code.constant(Rows.repeated(1)));
        code.op(VPAVGB, DIGIT, LESS, NONE);
        code.op(VPAVGB, DIGIT, DIGIT, LESS);
        code.op(VPSRLW, DIGIT, DIGIT, 6);
        rows.mask(DIGIT, DIGIT, 3);
        code.op(VMOVDQU_TO, place(row, subBlock), DIGIT);
    }
}
