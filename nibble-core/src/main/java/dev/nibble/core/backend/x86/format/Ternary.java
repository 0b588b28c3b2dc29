package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI128;
import static dev.nibble.core.x86.assembler.Instruction.VCVTPH2PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPACKUSDW;
import static dev.nibble.core.x86.assembler.Instruction.VPADDB;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPCMPEQB;
import static dev.nibble.core.x86.assembler.Instruction.VPERMQ;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSHUFB;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.IQ1_M;
import dev.nibble.core.codec.IQ1_S;
import dev.nibble.core.codec.LatticeCodec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/**
 * IQ1_S and IQ1_M: vectors of eight are grid points of −1, 0 and 1, shifted up or down by ⅛. A code is 8 · value + 9: 8 · point + 8 from a
 * table, plus 2 or 0.
 *
 * @param medium whether it is IQ1_M
 */
record Ternary(LatticeCodec codec, boolean medium) implements SuperBlock {
    private static final int ZERO = 9;
    private static final int LARGEST = 18;
    private static final int DIMENSION = 8;
    /** Shift bytes of a row, one per point of a block. */
    private static final int SHIFTS = 32;
    private static final Gpr TABLE = Gpr.R15;
    private static final Gpr INDEX = Gpr.R13;

    @Override
    public boolean hasScalePer16() {
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
        byte[] table = new byte[coordinates.length];
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) (DIMENSION * coordinates[i] + ZERO - 1);
        }
        rows.code().lea(TABLE, rows.code().constant(table));
    }

    /** IQ1_M has four bits per point, three upper ones and the shift; IQ1_S has words of four times three bits and a shift. */
    private PointNumbers numbers() {
        int points = codec.blockSize() / DIMENSION;
        return medium
                ? new PointNumbers(points, 0, IQ1_M.HIGH_BITS_AT, 2, 1, 4, 3)
                : new PointNumbers(points, IQ1_S.POINTS_AT, IQ1_S.REST_AT, 4, 2, 3, 3);
    }

    @Override
    public int scratchBytes() {
        return numbers().scratchBytes() + Rows.COUNT * SHIFTS;
    }

    /** Address of four points' shifts, a byte each. */
    private Mem shifts(int row, int subBlock) {
        return Rows.scratch(numbers().scratchBytes() + row * SHIFTS + subBlock * Integer.BYTES);
    }

    @Override
    public void block(Rows rows) {
        if (medium) {
            mediumSteps(rows);
        } else {
            steps(rows);
        }
        numbers().write(rows);
        shifts(rows);
    }

    /** Stores shifts: a set bit, in the byte of the upper bits, shifts a point down. */
    private void shifts(Rows rows) {
        Assembler code = rows.code();
        byte[] which = new byte[SHIFTS];
        byte[] bit = new byte[SHIFTS];
        for (int point = 0; point < SHIFTS; point++) {
            which[point] = (byte) (medium ? point / 2 : point / 4 * 2 + 1);
            bit[point] = (byte) (medium && point % 2 == 0 ? 0x08 : 0x80);
        }
        Vec up = ymm(2);
        Vec none = ymm(3);
        code.zero(none);
        for (int row = 0; row < Rows.COUNT; row++) {
            code.op(VBROADCASTI128, up, rows.at(row, medium ? IQ1_M.HIGH_BITS_AT : IQ1_S.REST_AT));
            code.op(VPSHUFB, up, up, code.constant(which));
            code.op(VPAND, up, up, code.constant(bit));
            code.op(VPCMPEQB, up, up, none);
            rows.mask(up, up, 2);
            code.op(VMOVDQU_TO, shifts(row, 0), up);
        }
    }

    private void steps(Rows rows) {
        Vec factor = ymm(10);
        rows.halfFloats(factor, 0);
        rows.code().op(VMULPS, factor, factor, rows.floats(1f / DIMENSION));
        for (int subBlock = 0; subBlock < subBlocks(); subBlock += 8) {
            Vec[] words = rows.words(IQ1_S.REST_AT);
            for (int i = 0; i < 8; i++) {
                odd(rows, words[i / 2], 12 + 16 * (i % 2), factor, subBlock + i);
            }
        }
    }

    /** Writes the scales of IQ1_M; the F16 factor's bits are spread over four 16-bit words, beside the steps. */
    private void mediumSteps(Rows rows) {
        Assembler code = rows.code();
        Vec[] words = rows.words(IQ1_M.STEPS_AT - 8);
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

    /** Stores a table of {@code factor · (2 · step + 1)}, steps of 3 bits. */
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
    public List<byte[]> constants() {
        return List.of(Lattice.whichByte());
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        Assembler code = rows.code();
        Vec other = Rows.temporary(0);
        Lattice.lookUp(code, target, other, SUB_BLOCK / DIMENSION, v -> {
            numbers().load(rows, INDEX, row, SUB_BLOCK / DIMENSION * subBlock + v);
            return Mem.at(TABLE, INDEX, DIMENSION / 2, 0); // the index is stored doubled
        });
        code.op(VPBROADCASTD, other, shifts(row, subBlock));
        code.op(VPSHUFB, other, other, rows.constant(Lattice.whichByte()));
        code.op(VPADDB, target, target, other);
    }
}
