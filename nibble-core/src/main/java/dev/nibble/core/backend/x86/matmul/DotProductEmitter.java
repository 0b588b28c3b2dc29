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
 * Sums of a run's products with a token's 32 activations, as integers, in a lane for each of eight rows: {@link #ALL}, or where halves have
 * scales of their own the first 16 there and the others in {@link #LAST}. Neighbours are added by interleaving two registers in two ways and
 * adding what that gives, which AMD's processors do faster than their instruction for it. YMM1 to YMM10 are used.
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

    /** With vectors of 512 bits: rows j and j + 4 in one register. */
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
        halves();
        if (!format.hasScalePer16()) {
            code.op(VPADDD, ALL, ALL, LAST);
        }
    }

    /** Lanes of 128 bits of YMM6, rows 0 to 3, and YMM7, rows 4 to 7, are sums of the first and of the last 16 columns. */
    private void halves() {
        code().op(VPERM2I128, ALL, ymm(6), ymm(7), 0x20);
        code().op(VPERM2I128, LAST, ymm(6), ymm(7), 0x31);
    }

    /** With vectors of 256 bits. Sums are of 16 bits for as long as they fit. */
    void ofRows(int subBlock, Mem activations) {
        format.nibbles(subBlock).ifPresentOrElse(nibbles -> ofHalves(nibbles, activations), () -> ofWholes(subBlock, activations));
    }

    /** Each row in a register. */
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
                added(1, steps, sums[two]);
            }
            addFours(2, sums[0], sums[1], sums[0]);
            added(2, steps, sums[0]);
        }
        halves();
        if (!format.hasScalePer16()) {
            code.op(adding(3), ALL, ALL, LAST);
            added(3, steps, ALL);
        }
    }

    /** Half of row j and half of row j + 4 in a register, as their nibbles come. */
    private void ofHalves(NibbleCodes nibbles, Mem activations) {
        Assembler code = code();
        code.op(VBROADCASTI128, TOKEN, activations);
        code.op(VBROADCASTI128, LAST_OF_TOKEN, activations.plus(RowFormat.SUB_BLOCK / 2));
        Vec[] sums = {ymm(6), ymm(7), ymm(7), ymm(8)};
        for (int row = 0; row < Rows.COUNT / 2; row++) {
            nibbles.ofTwo(rows, row, Rows.CODES, PRODUCTS);
            multiply(Rows.CODES, TOKEN, sums[row]);
            multiply(PRODUCTS, LAST_OF_TOKEN, PRODUCTS);
            code.op(adding(1), sums[row], sums[row], PRODUCTS);
            added(1, 3, sums[row]);
            if (row % 2 == 1) {
                addTwos(2, sums[row - 1], sums[row], sums[row - 1]);
                added(2, 3, sums[row - 1]);
            }
        }
        addFours(3, ymm(6), ymm(7), ALL);
        added(3, 3, ALL);
    }

    /** Sixteen sums of two products of a row. */
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

    /** Products of two neighbours, added up. Those of wide codes would overflow 16 bits: they have their sign, and it is moved over. */
    private void multiply(Vec codes, Vec token, Vec target) {
        if (format.exceeds7Bits()) {
            code().op(VPABSB, TEMPORARY, codes);
            multiply(TEMPORARY, codes, token, target);
        } else {
            code().op(VPMADDUBSW, target, codes, token);
            added(0, 3, target);
        }
    }

    /** The same of magnitudes, the signs of the codes moved over. */
    private void multiply(Vec magnitudes, Vec signs, Vec token, Vec target) {
        code().op(VPSIGNB, signs, token, signs);
        code().op(VPMADDUBSW, target, magnitudes, signs);
        added(0, 3, target);
    }

    /** How many times neighbouring sums of two products can be added in 16 bits. */
    private int inShorts() {
        int largest = format.magnitudes().map(Magnitudes::largest).orElse(format.largest());
        return Math.max(0, Integer.SIZE - 1 - Integer.numberOfLeadingZeros(RoundedTile.pairsInShort(largest)));
    }

    /** After the last step that fits 16 bits, sums become 32 bits wide, neighbours added. */
    private void added(int step, int steps, Vec sums) {
        if (step == Math.min(steps, inShorts())) {
            code().op(VPMADDWD, sums, sums, Constants.repeated(code(), 0x0001_0001));
        }
    }

    /** Neighbours of 32 bits. */
    private void addTwos(int step, Vec a, Vec b, Vec target) {
        add(step, VPUNPCKLDQ, VPUNPCKHDQ, a, b, target);
    }

    /** Neighbours of 64 bits. */
    private void addFours(int step, Vec a, Vec b, Vec target) {
        add(step, VPUNPCKLQDQ, VPUNPCKHQDQ, a, b, target);
    }

    private void add(int step, Instruction low, Instruction high, Vec a, Vec b, Vec target) {
        code().op(low, Rows.CODES, a, b);
        code().op(high, b, a, b);
        code().op(adding(step), target, Rows.CODES, b);
    }

    private Instruction adding(int step) {
        return step <= inShorts() ? VPADDW : VPADDD;
    }
}
