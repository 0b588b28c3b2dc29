package dev.nibble.core.backend.x86;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI64X4;
import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VEXTRACTI64X4;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPABSB;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPDPBUSD;
import static dev.nibble.core.x86.assembler.Instruction.VPERM2I128;
import static dev.nibble.core.x86.assembler.Instruction.VPHADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPHADDW;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDUBSW;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDWD;
import static dev.nibble.core.x86.assembler.Instruction.VPSIGNB;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHQDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLQDQ;
import static dev.nibble.core.x86.assembler.Vec.ymm;
import static dev.nibble.core.x86.assembler.Vec.zmm;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Rows times one token. Eight rows that are far apart are gone through at once, because a core reads several places of memory faster than
 * one; their sums are the lanes of one register.
 *
 * <pre>
 *   RDI  the first of eight streams of rows      RCX  rows in a stream
 *   RSI  rounded activations                     R8   bytes from one stream to the next
 *   RDX  sums, eight floats for each step        R9   blocks in a row
 * </pre>
 *
 * Every number is summed in the order of {@link TileKernel}: integers within a run, then one fused multiply-add per scale.
 */
record RowKernel(RowFormat format, Isa isa) {
    private static final int LINE = 64;
    private static final int MOST_UNROLLED = 4;
    private static final Mem START = Mem.at(Gpr.RSP, Rows.FREE);
    private static final RoundedTile TILE = new RoundedTile(1);
    private static final Vec SUM = ymm(0);
    private static final Vec TOKEN = ymm(1);

    void write(Assembler code) {
        Rows rows = new Rows(code);
        rows.prepare();
        rows.frame();
        code.mov(START, Gpr.RSI);
        format.once(rows);
        if (!hasHeaders()) {
            keep(rows);
        }
        Label row = code.here();
        code.mov(Gpr.RSI, START);
        code.mov(Gpr.R12, Gpr.R9);
        code.zero(SUM);
        if (format.runBytes() > 0) {
            longBlocks(rows);
        } else {
            if (unrolled() > 1) {
                loop(rows, unrolled());
            }
            loop(rows, 1);
        }
        code.op(VMOVUPS_TO, Mem.at(Gpr.RDX, 0), SUM);
        code.add(Gpr.RDX, Rows.COUNT * Float.BYTES);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, row);
    }

    /** Whether there may be something to make ready for every block. */
    private boolean hasHeaders() {
        return format.runBytes() > 0 || format.runs() > 1;
    }

    private void block(Rows rows) {
        if (hasHeaders()) {
            rows.forget(); // registers are free at the start of a block
            format.block(rows);
            keep(rows);
        }
    }

    /** AVX2 has few registers, and can load little at a time. */
    private void keep(Rows rows) {
        if (!isa.wide()) {
            rows.keep(format.constants(), ymm(11), ymm(12), ymm(15));
        }
    }

    private Vec product() {
        return ymm(isa.wide() ? 12 : 7);
    }

    private Vec factor() {
        return ymm(isa.wide() ? 15 : 6);
    }

    /** Small blocks are taken several at a time, about a line of memory. */
    private int unrolled() {
        return format.runs() > 1 ? 1 : Math.clamp(LINE / format.codec().blockBytes() + 1L, 1, MOST_UNROLLED);
    }

    /** As many rounds of {@code blocks} blocks as there are. */
    private void loop(Rows rows, int blocks) {
        Assembler code = rows.code();
        Label end = code.label();
        Label again = code.here();
        code.cmp(Gpr.R12, blocks);
        code.jump(Condition.LESS, end);
        int bytes = blocks * format.codec().blockBytes();
        int runs = blocks * format.runs();
        for (int i = 0; i < runs; i++) {
            int run = i % format.runs();
            prefetch(rows, bytes, i, runs);
            rows.startAt(i / format.runs() * format.codec().blockBytes());
            if (run == 0) {
                block(rows);
            }
            run(rows, run, i);
        }
        rows.startAt(0);
        code.add(Gpr.RDI, bytes);
        code.add(Gpr.RSI, blocks * format.runs() * TILE.stride());
        code.sub(Gpr.R12, blocks);
        code.jmp(again);
        code.bind(end);
    }

    /** Blocks whose runs are gone through in a loop. */
    private void longBlocks(Rows rows) {
        Assembler code = rows.code();
        int unrolled = format.runs() % MOST_UNROLLED == 0 ? MOST_UNROLLED : 1;
        Label block = code.here();
        block(rows);
        code.add(Gpr.RDI, format.headerBytes());
        code.mov(Gpr.R15, format.runs() / unrolled);
        Label again = code.here();
        for (int i = 0; i < unrolled; i++) {
            prefetch(rows, unrolled * format.runBytes(), i, unrolled);
            rows.startAt(i * format.runBytes());
            run(rows, 0, i);
        }
        rows.startAt(0);
        code.add(Gpr.RDI, unrolled * format.runBytes());
        code.add(Gpr.RSI, unrolled * TILE.stride());
        code.sub(Gpr.R15, 1);
        code.jump(Condition.NOT_EQUAL, again);
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, block);
    }

    /**
     * Asks for what the loop reads some rounds later, {@code bytes} of every row, in the first of its parts; a core with few registers, whose
     * caches and queues of loads are small too, asks in every part for its share, and not as far ahead: 2048 bytes of eight rows take half of a
     * cache of 32 KiB, in which rows that are a multiple of 4096 apart then drive each other out.
     */
    private void prefetch(Rows rows, int bytes, int part, int parts) {
        int lines = Math.ceilDiv(bytes, LINE);
        int all = Rows.COUNT * lines;
        int from = isa.wide() ? part == 0 ? 0 : all : all * part / parts;
        int to = isa.wide() ? all : all * (part + 1) / parts;
        rows.startAt(isa.wide() ? 2048 : 384);
        for (int i = from; i < to; i++) {
            rows.code().prefetch(rows.at(i / lines, i % lines * LINE));
        }
    }

    /** All eight rows of a run: YMM8 and YMM9 hold the sums of their first and their second half. */
    private void run(Rows rows, int run, int record) {
        if (isa.wide()) {
            runOfPairs(rows, run, record);
        } else {
            runOfRows(rows, run, record);
        }
        Assembler code = rows.code();
        if (format.halves()) {
            add(rows, run, record, 0, ymm(8));
            add(rows, run, record, 1, ymm(9));
        } else {
            code.op(VPADDD, ymm(8), ymm(8), ymm(9));
            add(rows, run, record, 0, ymm(8));
        }
    }

    /** Rows j and j + 4 in one register; sums of four lanes by adding what is interleaved two ways. */
    private void runOfPairs(Rows rows, int run, int record) {
        Assembler code = rows.code();
        Vec token = TOKEN.as(512);
        code.op(VBROADCASTI64X4, token, TILE.at(record, TILE.codes(0)));
        for (int row = 0; row < Rows.COUNT / 2; row++) {
            Vec sums = zmm(6 + row);
            format.pair(rows, row, run, Rows.CODES.as(512));
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
        code.op(VPERM2I128, ymm(8), ymm(6), ymm(7), 0x20);
        code.op(VPERM2I128, ymm(9), ymm(6), ymm(7), 0x31);
    }

    /** Products of neighbouring columns in every row, then sums of two rows in one register, and of four, and of eight. */
    private void runOfRows(Rows rows, int run, int record) {
        Assembler code = rows.code();
        code.op(VMOVDQU, TOKEN, TILE.at(record, TILE.codes(0)));
        for (int four = 0; four < 2; four++) {
            Vec sums = ymm(6 + four);
            pair(rows, run, 4 * four, sums);
            pair(rows, run, 4 * four + 2, ymm(8));
            code.op(inShorts() == 2 ? VPHADDW : VPHADDD, sums, sums, ymm(8));
            if (inShorts() == 2) {
                inInts(code, sums);
            }
        }
        code.op(VPERM2I128, ymm(8), ymm(6), ymm(7), 0x20);
        code.op(VPERM2I128, ymm(9), ymm(6), ymm(7), 0x31);
    }

    /** How often pairs of products can be added in 16 bits: twice, once or never. */
    private int inShorts() {
        int pairs = RoundedTile.pairsInShort(format);
        return pairs >= 4 ? 2 : pairs >= 2 ? 1 : 0;
    }

    /** Two rows; afterwards each lane of 128 bits has sums for both. */
    private void pair(Rows rows, int run, int row, Vec target) {
        Assembler code = rows.code();
        dot(rows, run, row, target);
        dot(rows, run, row + 1, ymm(10));
        code.op(inShorts() > 0 ? VPHADDW : VPHADDD, target, target, ymm(10));
        if (inShorts() == 1) {
            inInts(code, target);
        }
    }

    /** Sixteen sums of two products of codes, or eight of four. */
    private void dot(Rows rows, int run, int row, Vec target) {
        Assembler code = rows.code();
        if (format.wide()) { // their products would overflow 16 bits: the sign is moved over
            format.signed(rows, row, run, Rows.CODES);
            code.op(VPABSB, target, Rows.CODES);
            code.op(VPSIGNB, Rows.CODES, TOKEN, Rows.CODES);
            code.op(VPMADDUBSW, target, target, Rows.CODES);
        } else {
            format.codes(rows, row, run, Rows.CODES);
            code.op(VPMADDUBSW, target, Rows.CODES, TOKEN);
        }
        if (inShorts() == 0) {
            inInts(code, target);
        }
    }

    private static void inInts(Assembler code, Vec target) {
        code.op(VPMADDWD, target, target, Constants.repeated(code, 0x0001_0001));
    }

    private void add(Rows rows, int run, int record, int half, Vec integers) {
        Assembler code = rows.code();
        boolean taken = !isa.wide() && format.wide();
        if (format.zero() != 0 && !taken) {
            code.op(VPBROADCASTD, product(), TILE.at(record, TILE.start(half, 0)));
            code.op(VPADDD, integers, integers, product());
        }
        code.op(VCVTDQ2PS, integers, integers);
        code.op(VBROADCASTSS, factor(), TILE.at(record, TILE.step(0)));
        code.op(VMULPS, factor(), factor(), format.scale(rows, run, half));
        code.op(VFMADD231PS, SUM, integers, factor());
        if (format.minimums()) {
            code.op(VBROADCASTSS, factor(), TILE.at(record, TILE.sum(half, 0)));
            code.op(VFMADD231PS, SUM, factor(), format.minimum(rows, run, half));
        }
    }
}
