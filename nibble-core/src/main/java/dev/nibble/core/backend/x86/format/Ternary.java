package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VCVTPH2PS;
import static dev.nibble.core.x86.assembler.Instruction.VINSERTI128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVQ;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPACKUSDW;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPERMQ;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRQ;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.LatticeCodec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * IQ1_S and IQ1_M: vectors of eight are points of a grid of −1, 0 and 1, moved up or down by ⅛. A code is eight times the number, 9 added:
 * looked up in a table of all points moved up, then all moved down.
 *
 * @param medium whether it is IQ1_M
 */
record Ternary(LatticeCodec codec, boolean medium) implements SuperBlock {
    private static final int ZERO = 9;
    private static final int LARGEST = 18;
    private static final int POINT_BITS = 11;
    private static final int DIMENSION = 8;
    private static final int UPPER_S = 34;
    private static final int UPPER_M = 32;
    private static final int STEPS_M = 48;
    private static final Gpr TABLE = Gpr.R15;
    private static final Gpr UPPER = Gpr.R14;
    private static final Gpr INDEX = Gpr.R13;
    private static final Gpr OTHER = Gpr.RBX;

    @Override
    public boolean halves() {
        return medium;
    }

    @Override
    public int zero() {
        return ZERO;
    }

    @Override
    public int largest() {
        return LARGEST;
    }

    @Override
    public void once(Rows rows) {
        float[] coordinates = codec.coordinates();
        byte[] table = new byte[2 << POINT_BITS << 3];
        for (int i = 0; i < coordinates.length; i++) {
            table[i] = (byte) (DIMENSION * coordinates[i] + ZERO + 1);
            table[i + table.length / 2] = (byte) (DIMENSION * coordinates[i] + ZERO - 1);
        }
        rows.code().lea(TABLE, rows.code().constant(table));
    }

    @Override
    public void block(Rows rows) {
        if (medium) {
            mediumSteps(rows);
            return;
        }
        Vec factor = ymm(10);
        rows.halfFloats(factor, 0);
        rows.code().op(VMULPS, factor, factor, rows.floats(1f / DIMENSION));
        for (int run = 0; run < runs(); run += 8) {
            Vec[] words = rows.words(UPPER_S);
            for (int i = 0; i < 8; i++) {
                odd(rows, words[i / 2], 12 + 16 * (i % 2), factor, run + i);
            }
        }
    }

    /** The scale's F16 bits are spread over four words of 16 bits, beside the steps. */
    private void mediumSteps(Rows rows) {
        Assembler code = rows.code();
        Vec[] words = rows.words(STEPS_M - 8);
        Vec factor = ymm(10);
        Vec part = ymm(11);
        code.op(VPSRLD, factor, words[2], 12);
        code.op(VPAND, factor, factor, rows.ints(0xF));
        code.op(VPSRLD, part, words[2], 24);
        code.op(VPAND, part, part, rows.ints(0xF0));
        code.op(VPOR, factor, factor, part);
        code.op(VPSRLD, part, words[3], 4);
        code.op(VPAND, part, part, rows.ints(0xF00));
        code.op(VPOR, factor, factor, part);
        code.op(VPSRLD, part, words[3], 16);
        code.op(VPAND, part, part, rows.ints(0xF000));
        code.op(VPOR, factor, factor, part);
        code.op(VPACKUSDW, factor, factor, factor);
        code.op(VPERMQ, factor, factor, 0b11_01_10_00);
        code.op(VCVTPH2PS, factor, factor.as(128));
        code.op(VMULPS, factor, factor, rows.floats(1f / DIMENSION));
        for (int i = 0; i < tables(); i++) {
            odd(rows, words[2 + i / 8], 16 * (i / 4 % 2) + 3 * (i % 4), factor, i);
        }
    }

    /** A table of {@code factor · (2 · step + 1)}, steps of 3 bits. */
    private static void odd(Rows rows, Vec word, int shift, Vec factor, int number) {
        Assembler code = rows.code();
        Vec t = ymm(15);
        if (shift > 0) {
            code.op(VPSRLD, t, word, shift);
            word = t;
        }
        code.op(VPAND, t, word, rows.ints(7));
        code.op(VPSLLD, t, t, 1);
        code.op(VPADDD, t, t, rows.ints(1));
        SuperBlock.store(rows, t, 0, factor, number);
    }

    @Override
    public void codes(Rows rows, int row, int run, Vec target) {
        Assembler code = rows.code();
        if (medium) {
            code.movzx16(UPPER, rows.at(row, UPPER_M + 2 * run));
        } else {
            code.movzx16(UPPER, rows.at(row, UPPER_S + 2 * run));
        }
        for (int v = 0; v < 4; v++) {
            code.mov(INDEX, UPPER);
            upperBits(code, v);
            code.movzx8(OTHER, rows.at(row, (medium ? 0 : 2) + 4 * run + v));
            code.or(INDEX, OTHER);
            Vec part = (v < 2 ? target : Rows.temporary(0)).as(128);
            Mem source = Mem.at(TABLE, INDEX, 8, 0);
            if (v % 2 == 0) {
                code.op(VMOVQ, part, source);
            } else {
                code.op(VPINSRQ, part, part, source, 1);
            }
        }
        code.op(VINSERTI128, target, target, Rows.temporary(0).as(128), 1);
    }

    /** Leaves bits 8 to 10 of the point, and bit 11 for a shift down. */
    private void upperBits(Assembler code, int v) {
        code.shift(INDEX, Byte.SIZE - (medium ? 4 : 3) * v);
        if (medium) {
            code.and(INDEX, 0xF00);
            return;
        }
        code.and(INDEX, 0x700);
        code.mov(OTHER, UPPER);
        code.shr(OTHER, 15);
        code.shl(OTHER, POINT_BITS);
        code.or(INDEX, OTHER);
    }
}
