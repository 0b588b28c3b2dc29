package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;
import dev.nibble.core.x86.machine.Isa;
import java.util.Arrays;

/**
 * Rows times one token, with AVX-512 (VNNI) or AVX2. Eight streams of rows at a large stride are read at once, because a core reads several streams faster than one;
 * their sums are the lanes of one register.
 *
 * <pre>
 *   RDI  first of eight streams of rows      RCX  rows in a stream
 *   RSI  quantized activations                     R8   bytes from one stream to the next
 *   RDX  sums, eight floats per row        R9   blocks in a row
 * </pre>
 *
 * Sums are in the order of {@link TileKernel}: integers within a sub-block, then one fused multiply-add per scale.
 */
record RowKernel(RowFormat format, Isa isa) {
    private static final int LINE = 64;
    private static final int MAX_UNROLLED = 4;
    private static final Mem START = Mem.at(Gpr.RSP, Rows.FREE);
    private static final RoundedTile TILE = new RoundedTile(1);
    private static final Vec SUM = ymm(0);

    void write(Assembler code) {
        Rows rows = new Rows(code);
        rows.prepare();
        rows.frame(format.scratchBytes());
        code.mov(START, Gpr.RSI);
        format.once(rows);
        if (!hasHeaders()) {
            keep(rows);
        }
        if (!isa.wide()) {
            prefetchStart(rows);
        }
        Label row = code.here();
        code.mov(Gpr.RSI, START);
        code.mov(Gpr.R12, Gpr.R9);
        code.zero(SUM);
        if (format.subBlockBytes() > 0) {
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

    /** Whether blocks may need a setup. */
    private boolean hasHeaders() {
        return format.subBlockBytes() > 0 || format.subBlocks() > 1;
    }

    private void block(Rows rows) {
        if (hasHeaders()) {
            rows.forget(); // the setup of a block uses all registers
            format.block(rows);
            keep(rows);
        }
    }

    /** Keeps constants in registers for AVX2, whose loads are the bottleneck. */
    private void keep(Rows rows) {
        if (!isa.wide()) {
            Vec[] free = {ymm(11), ymm(12), ymm(15), ymm(14)}; // the last one holds minimums, if there are any
            rows.keep(format.constants(), Arrays.copyOf(free, format.minimums() ? 3 : 4));
        }
    }

    private Vec product() {
        return ymm(isa.wide() ? 12 : 7);
    }

    private Vec factor() {
        return ymm(isa.wide() ? 15 : 6);
    }

    /** Small blocks per iteration: about a cache line. */
    private int unrolled() {
        return format.subBlocks() > 1 ? 1 : Math.clamp(LINE / format.codec().blockBytes() + 1L, 1, MAX_UNROLLED);
    }

    /** Writes a loop over {@code blocks} blocks per iteration. */
    private void loop(Rows rows, int blocks) {
        Assembler code = rows.code();
        Label end = code.label();
        Label again = code.here();
        code.cmp(Gpr.R12, blocks);
        code.jump(Condition.LESS, end);
        int bytes = blocks * format.codec().blockBytes();
        int subBlocks = blocks * format.subBlocks();
        for (int i = 0; i < subBlocks; i++) {
            int subBlock = i % format.subBlocks();
            prefetch(rows, bytes, i, subBlocks);
            rows.startAt(i / format.subBlocks() * format.codec().blockBytes());
            if (subBlock == 0) {
                block(rows);
            }
            multiply(rows, subBlock, i);
        }
        rows.startAt(0);
        code.add(Gpr.RDI, bytes);
        code.add(Gpr.RSI, blocks * format.subBlocks() * TILE.stride());
        code.sub(Gpr.R12, blocks);
        code.jmp(again);
        code.bind(end);
    }

    /** Writes a loop over blocks with an inner loop over sub-blocks. */
    private void longBlocks(Rows rows) {
        Assembler code = rows.code();
        int unrolled = format.subBlocks() % MAX_UNROLLED == 0 ? MAX_UNROLLED : 1;
        Label block = code.here();
        block(rows);
        code.add(Gpr.RDI, format.headerBytes());
        code.mov(Gpr.R15, format.subBlocks() / unrolled);
        Label again = code.here();
        for (int i = 0; i < unrolled; i++) {
            prefetch(rows, unrolled * format.subBlockBytes(), i, unrolled);
            rows.startAt(i * format.subBlockBytes());
            multiply(rows, 0, i);
        }
        rows.startAt(0);
        code.add(Gpr.RDI, unrolled * format.subBlockBytes());
        code.add(Gpr.RSI, unrolled * TILE.stride());
        code.sub(Gpr.R15, 1);
        code.jump(Condition.NOT_EQUAL, again);
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, block);
    }

    /** Prefetches the beginning of all streams; the loop prefetches the rest. */
    private void prefetchStart(Rows rows) {
        for (int line = 0; line < isa.ahead(); line += LINE) {
            for (int row = 0; row < Rows.COUNT; row++) {
                rows.code().prefetch(rows.at(row, line));
            }
        }
    }

    /**
     * Prefetches {@code bytes} of every row for a later iteration: all in its first part, or with vectors of 256 bits a share in every
     * part, because such cores track fewer outstanding lines.
     */
    private void prefetch(Rows rows, int bytes, int part, int parts) {
        if (isa.wide() && part > 0) {
            return;
        }
        int shares = isa.wide() ? 1 : parts;
        int lines = Math.ceilDiv(bytes, LINE);
        int all = Rows.COUNT * lines;
        rows.startAt(isa.ahead());
        for (int i = all * part / shares; i < all * (part + 1) / shares; i++) {
            rows.code().prefetch(rows.at(i / lines, i % lines * LINE));
        }
    }

    /** Multiplies a sub-block of all eight rows. */
    private void multiply(Rows rows, int subBlock, int record) {
        DotProductEmitter sums = new DotProductEmitter(rows, format);
        Mem token = TILE.at(record, TILE.codesOffset(0));
        if (isa.wide()) {
            sums.ofPairs(subBlock, token);
        } else {
            sums.ofRows(subBlock, token);
        }
        add(rows, subBlock, record, 0, DotProductEmitter.ALL);
        if (format.hasScalePer16()) {
            add(rows, subBlock, record, 1, DotProductEmitter.LAST);
        }
    }

    private void add(Rows rows, int subBlock, int record, int half, Vec integers) {
        Assembler code = rows.code();
        boolean zeroSubtracted = !isa.wide() && (format.exceeds7Bits() || format.magnitudes().isPresent());
        if (format.zero() != 0 && !zeroSubtracted) {
            code.op(VPBROADCASTD, product(), TILE.at(record, TILE.startOffset(half, 0)));
            code.op(VPADDD, integers, integers, product());
        }
        code.op(VCVTDQ2PS, integers, integers);
        code.op(VBROADCASTSS, factor(), TILE.at(record, TILE.stepOffset(0)));
        code.op(VMULPS, factor(), factor(), format.scale(rows, subBlock, half));
        code.op(VFMADD231PS, SUM, integers, factor());
        if (format.minimums()) {
            code.op(VBROADCASTSS, factor(), TILE.at(record, TILE.sumOffset(half, 0)));
            code.op(VFMADD231PS, SUM, factor(), format.minimum(rows, subBlock, half));
        }
    }
}
