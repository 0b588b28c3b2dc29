package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPANDN;
import static dev.nibble.core.x86.assembler.Instruction.VPCMPEQD;
import static dev.nibble.core.x86.assembler.Instruction.VPERMPS;
import static dev.nibble.core.x86.assembler.Instruction.VPMOVZXBD;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRAD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Decodes blocks of level codes (NF4, FP4, FP8) to floats: {@code level · scale}.
 *
 * <pre>
 *   RDI  blocks                           RCX  number of blocks *   RSI  floats
 * </pre>
 */
record LevelsKernel(ScaledLevels codec) {
    private static final Vec SCALE = ymm(0);
    private static final Vec LOW = ymm(1);
    private static final Vec HIGH = ymm(2);
    private static final Vec CODES = ymm(3);
    private static final int LANES = 8;
    private static final int EIGHT = LANES * Float.BYTES;
    private static final float E4M3_BIAS = 0x1p120f; // from exponent bias 7 to 127

    /** Whether the kernel supports a codec. */
    static boolean supports(ScaledLevels codec) {
        return codec.groupSize() % RowFormat.SUB_BLOCK == 0
                && (codec.levels() == LevelTable.NF4 || codec.levels() == LevelTable.FP4 || codec.levels() == LevelTable.FP8);
    }

    void write(Assembler code) {
        if (codec.bits() == 4) {
            code.op(VMOVUPS, LOW, table(code, 0));
            code.op(VMOVUPS, HIGH, table(code, LANES));
        }
        Label block = code.here();
        code.op(VBROADCASTSS, SCALE, Mem.at(Gpr.RDI, 0));
        code.add(Gpr.RDI, codec.codesAt());
        code.mov(Gpr.R12, codec.groupSize() / RowFormat.SUB_BLOCK);
        Label subBlock = code.here();
        if (codec.bits() == 4) {
            nibbles(code);
        } else {
            floats(code);
        }
        code.add(Gpr.RDI, RowFormat.SUB_BLOCK * codec.bits() / Byte.SIZE);
        code.add(Gpr.RSI, RowFormat.SUB_BLOCK * Float.BYTES);
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, subBlock);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, block);
    }

    private Mem table(Assembler code, int from) {
        int[] bits = new int[LANES];
        for (int i = 0; i < LANES; i++) {
            bits[i] = Float.floatToRawIntBits(codec.levels().level(from + i));
        }
        return Constants.ints(code, bits);
    }

    /** Decodes the low nibbles of 16 bytes, then the high nibbles. */
    private static void nibbles(Assembler code) {
        for (int eight = 0; eight < 2; eight++) {
            code.op(VPMOVZXBD, ymm(7), Mem.at(Gpr.RDI, LANES * eight));
            code.op(VPAND, CODES, ymm(7), Constants.repeated(code, 15));
            lookUp(code, EIGHT * eight);
            code.op(VPSRLD, CODES, ymm(7), 4);
            lookUp(code, EIGHT * (2 + eight));
        }
    }

    /** Looks up the levels of eight codes, in one half of the table or the other. */
    private static void lookUp(Assembler code, int offset) {
        Vec low = ymm(4);
        Vec high = ymm(5);
        Vec upper = ymm(6);
        code.op(VPERMPS, low, CODES, LOW);
        code.op(VPERMPS, high, CODES, HIGH);
        code.op(VPSLLD, upper, CODES, Integer.SIZE - 4);
        code.op(VPSRAD, upper, upper, Integer.SIZE - 1);
        code.op(VPAND, high, high, upper);
        code.op(VPANDN, low, upper, low);
        code.op(VPOR, low, low, high);
        code.op(VMULPS, low, low, SCALE);
        code.op(VMOVUPS_TO, Mem.at(Gpr.RSI, offset), low);
    }

    private static void floats(Assembler code) {
        for (int eight = 0; eight < RowFormat.SUB_BLOCK / LANES; eight++) {
            code.op(VPMOVZXBD, CODES, Mem.at(Gpr.RDI, LANES * eight));
            code.op(VPSLLD, ymm(4), CODES, Integer.SIZE - Byte.SIZE);
            code.op(VPAND, ymm(4), ymm(4), Constants.repeated(code, Integer.MIN_VALUE));
            code.op(VPSLLD, CODES, CODES, Integer.SIZE - 12); // three mantissa bits to the top of 23
            code.op(VPAND, CODES, CODES, Constants.repeated(code, 0x7F << 20));
            code.op(VPCMPEQD, ymm(5), CODES, Constants.repeated(code, 0x7F << 20)); // all ones, a NaN, where the code is NaN
            code.op(VPOR, CODES, CODES, ymm(4));
            code.op(VMULPS, CODES, CODES, Constants.repeated(code, E4M3_BIAS));
            code.op(VPOR, CODES, CODES, ymm(5));
            code.op(VMULPS, CODES, CODES, SCALE);
            code.op(VMOVUPS_TO, Mem.at(Gpr.RSI, EIGHT * eight), CODES);
        }
    }
}
