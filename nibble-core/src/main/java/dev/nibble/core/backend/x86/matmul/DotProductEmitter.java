package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI128;
import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI64X4;
import static dev.nibble.core.x86.assembler.Instruction.VEXTRACTI64X4;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VPABSB;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPADDW;
import static dev.nibble.core.x86.assembler.Instruction.VPDPBUSD;
import static dev.nibble.core.x86.assembler.Instruction.VPERM2I128;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDUBSW;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDWD;
import static dev.nibble.core.x86.assembler.Instruction.VPSIGNB;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHQDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLQDQ;
import static dev.nibble.core.x86.assembler.Vec.ymm;
import static dev.nibble.core.x86.assembler.Vec.zmm;

import dev.nibble.core.backend.x86.format.Magnitudes;
import dev.nibble.core.backend.x86.format.NibbleCodes;
import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Instruction;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;
import java.util.Optional;

/**
 * Dot products of a sub-block of eight rows with a token's 32 activations, as integers, one lane per row: in {@link #ALL}, or with a scale
 * per 16 values the first 16 there and the others in {@link #LAST}. Adjacent elements are added by interleaving two registers in two ways
 * and adding the results, which AMD processors do faster than a horizontal add. Uses YMM1 to YMM10.
 */
record DotProductEmitter(Rows rows, RowFormat format) {
    static final Vec ALL = ymm(8);
    static final Vec LAST = ymm(9);
    private static final Vec TOKEN = ymm(1);
    private static final Vec LAST_OF_TOKEN = ymm(9);
    private static final Vec PRODUCTS = ymm(10);
    private static final Vec TEMPORARY = ymm(3);

    private Assembler code() {
        return rows.code();
    }

    /** Sums with vectors of 512 bits: rows j and j + 4 share a register. */
    void ofPairs(int subBlock, Mem activations) {
        Assembler code = code();
        Vec token = TOKEN.as(512);
        code.op(VBROADCASTI64X4, token, activations);
        for (int row = 0; row < Rows.COUNT / 2; row++) {
            Vec sums = zmm(6 + row);
            format.pair(rows, row, subBlock, Rows.CODES.as(512));
            code.zero(sums);
            code.op(VPDPBUSD, sums, Rows.CODES.as(512), token);
        }
        for (int i = 6; i < 10; i += 2) {
            code.op(VPUNPCKLDQ, zmm(10), zmm(i), zmm(i + 1));
            code.op(VPUNPCKHDQ, zmm(11), zmm(i), zmm(i + 1));
            code.op(VPADDD, zmm(i), zmm(10), zmm(11));
        }
        code.op(VPUNPCKLQDQ, zmm(10), zmm(6), zmm(8));
        code.op(VPUNPCKHQDQ, zmm(11), zmm(6), zmm(8));
        code.op(VPADDD, zmm(6), zmm(10), zmm(11));
        code.store(VEXTRACTI64X4, ymm(7), zmm(6), 1);
        combineHalves();
        if (!format.hasScalePer16()) {
            code.op(VPADDD, ALL, ALL, LAST);
        }
    }

    /** Combines YMM6, rows 0 to 3, and YMM7, rows 4 to 7, whose 128-bit lanes are sums of the first and the last 16 columns. */
    private void combineHalves() {
        code().op(VPERM2I128, ALL, ymm(6), ymm(7), 0x20);
        code().op(VPERM2I128, LAST, ymm(6), ymm(7), 0x31);
    }

    /** Sums with vectors of 256 bits, in 16 bits as long as they fit. */
    void ofRows(int subBlock, Mem activations) {
        format.nibbles(subBlock).ifPresentOrElse(nibbles -> ofHalves(nibbles, activations), () -> ofWholes(subBlock, activations));
    }

    /** Sums with one row per register. */
    private void ofWholes(int subBlock, Mem activations) {
        Assembler code = code();
        code.op(VMOVDQU, TOKEN, activations);
        int steps = format.hasScalePer16() ? 2 : 3;
        for (int four = 0; four < 2; four++) {
            Vec[] sums = {ymm(6 + four), ymm(8)};
            for (int two = 0; two < 2; two++) {
                row(subBlock, 4 * four + 2 * two, sums[two]);
                row(subBlock, 4 * four + 2 * two + 1, PRODUCTS);
                addTwos(1, sums[two], PRODUCTS, sums[two]);
                widen(1, steps, sums[two]);
            }
            addFours(2, sums[0], sums[1], sums[0]);
            widen(2, steps, sums[0]);
        }
        combineHalves();
        if (!format.hasScalePer16()) {
            code.op(addition(3), ALL, ALL, LAST);
            widen(3, steps, ALL);
        }
    }

    /** Sums with half of row j and half of row j + 4 in a register, as their nibbles are stored. */
    private void ofHalves(NibbleCodes nibbles, Mem activations) {
        Assembler code = code();
        code.op(VBROADCASTI128, TOKEN, activations);
        code.op(VBROADCASTI128, LAST_OF_TOKEN, activations.plus(RowFormat.SUB_BLOCK / 2));
        Vec[] sums = {ymm(6), ymm(7), ymm(7), ymm(8)};
        for (int row = 0; row < Rows.COUNT / 2; row++) {
            nibbles.ofTwo(rows, row, Rows.CODES, PRODUCTS);
            multiply(Rows.CODES, TOKEN, sums[row]);
            multiply(PRODUCTS, LAST_OF_TOKEN, PRODUCTS);
            code.op(addition(1), sums[row], sums[row], PRODUCTS);
            widen(1, 3, sums[row]);
            if (row % 2 == 1) {
                addTwos(2, sums[row - 1], sums[row], sums[row - 1]);
                widen(2, 3, sums[row - 1]);
            }
        }
        addFours(3, ymm(6), ymm(7), ALL);
        widen(3, 3, ALL);
    }

    /** Multiplies a row: sixteen sums of two products. */
    private void row(int subBlock, int row, Vec target) {
        Optional<Magnitudes> magnitudes = format.magnitudes();
        if (magnitudes.isPresent()) {
            magnitudes.get().writing().write(rows, row, subBlock, Rows.CODES, TEMPORARY);
            multiply(Rows.CODES, TEMPORARY, TOKEN, target);
        } else if (format.exceeds7Bits()) {
            format.signed(rows, row, subBlock, Rows.CODES);
            multiply(Rows.CODES, TOKEN, target);
        } else {
            format.codes(rows, row, subBlock, Rows.CODES);
            multiply(Rows.CODES, TOKEN, target);
        }
    }

    /**
     * Adds pairs of adjacent products. Those of 8-bit codes would overflow 16 bits: signed codes are used, with their signs applied to the
     * activations.
     */
    private void multiply(Vec codes, Vec token, Vec target) {
        if (format.exceeds7Bits()) {
            code().op(VPABSB, TEMPORARY, codes);
            multiply(TEMPORARY, codes, token, target);
        } else {
            code().op(VPMADDUBSW, target, codes, token);
            widen(0, 3, target);
        }
    }

    /** The same for magnitudes, with the codes' signs applied to the activations. */
    private void multiply(Vec magnitudes, Vec signs, Vec token, Vec target) {
        code().op(VPSIGNB, signs, token, signs);
        code().op(VPMADDUBSW, target, magnitudes, signs);
        widen(0, 3, target);
    }

    /** Number of times that sums of two products can be added pairwise in 16 bits. */
    private int inShorts() {
        int largest = format.magnitudes().map(Magnitudes::largest).orElse(format.largest());
        return Math.max(0, Integer.SIZE - 1 - Integer.numberOfLeadingZeros(RoundedTile.pairsInShort(largest)));
    }

    /** Widens sums to 32 bits after the last step that fits 16 bits, adding adjacent ones. */
    private void widen(int step, int steps, Vec sums) {
        if (step == Math.min(steps, inShorts())) {
            code().op(VPMADDWD, sums, sums, Constants.repeated(code(), 0x0001_0001));
        }
    }

    /** Adds adjacent 32-bit elements. */
    private void addTwos(int step, Vec a, Vec b, Vec target) {
        add(step, VPUNPCKLDQ, VPUNPCKHDQ, a, b, target);
    }

    /** Adds adjacent 64-bit elements. */
    private void addFours(int step, Vec a, Vec b, Vec target) {
        add(step, VPUNPCKLQDQ, VPUNPCKHQDQ, a, b, target);
    }

    private void add(int step, Instruction low, Instruction high, Vec a, Vec b, Vec target) {
        code().op(low, Rows.CODES, a, b);
        code().op(high, b, a, b);
        code().op(addition(step), target, Rows.CODES, b);
    }

    private Instruction addition(int step) {
        return step <= inShorts() ? VPADDW : VPADDD;
    }
}
