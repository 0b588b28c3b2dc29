package dev.nibble.core.backend.x86;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPABSB;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPADDW;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPDPBUSD;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDUBSW;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDWD;
import static dev.nibble.core.x86.assembler.Instruction.VPSIGNB;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * A panel of sixteen rows times some tokens. The sums of all tokens are in registers; weights are read once for all of them.
 *
 * <pre>
 *   RDI  panel                   RCX  runs of 32 columns
 *   RSI  rounded activations     R8   bytes from a token's sums to the next one's
 *   RDX  sums
 * </pre>
 */
record TileKernel(RowFormat format, int tokens, Isa isa) {
    private static final int AVX2_TOKENS = 4;

    /** The most tokens at a time. */
    static int most(Isa isa) {
        return isa.wide() ? RoundedTile.MOST : AVX2_TOKENS;
    }

    void write(Assembler code) {
        int bytes = isa.bits() / Byte.SIZE;
        for (int part = 0; part < Panel.ROWS * Float.BYTES; part += bytes) {
            code.mov(Gpr.RAX, Gpr.RDI);
            code.mov(Gpr.RBX, Gpr.RSI);
            code.mov(Gpr.R12, Gpr.RCX);
            code.mov(Gpr.R10, Gpr.RDX);
            part(code, part);
        }
    }

    private Vec sum(int token) {
        return new Vec(token, isa.bits());
    }

    private Vec integers(int token) {
        return new Vec(most(isa) + token, isa.bits());
    }

    private Vec other(int i) {
        return new Vec(2 * most(isa) + i, isa.bits());
    }

    /** Of AVX2: 1 in every 16 bits. */
    private Vec ones() {
        return other(3);
    }

    /** Of AVX2. */
    private Vec shorts(int token) {
        return other(4 + token);
    }

    private void part(Assembler code, int part) {
        Panel panel = Panel.of(format);
        RoundedTile tile = new RoundedTile(tokens);
        for (int token = 0; token < tokens; token++) {
            code.zero(sum(token));
        }
        if (!isa.wide()) {
            code.op(VMOVDQU, ones(), Constants.repeated(code, 0x0001_0001));
        }
        code.align(32);
        Label loop = code.here();
        int steps = Panel.STEPS / panel.halves();
        for (int half = 0; half < panel.halves(); half++) {
            products(code, tile, half, part, steps);
            scale(code, tile, panel, half, part);
        }
        code.add(Gpr.RAX, panel.stride());
        code.add(Gpr.RBX, tile.stride());
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, loop);
        for (int token = 0; token < tokens; token++) {
            code.op(VMOVUPS_TO, Mem.at(Gpr.R10, part), sum(token));
            code.add(Gpr.R10, Gpr.R8);
        }
    }

    /** integers = the sums of products of codes, the zero taken off. */
    private void products(Assembler code, RoundedTile tile, int half, int part, int steps) {
        int from = half * steps;
        if (isa.wide()) {
            start(code, tile, half);
            for (int step = from; step < from + steps; step++) {
                code.op(VMOVDQU, other(0), weights(step, part));
                for (int token = 0; token < tokens; token++) {
                    code.op(VPDPBUSD, integers(token), other(0), activations(tile, token, step).repeated());
                }
            }
        } else if (format.wide()) {
            for (int step = from; step < from + steps; step++) {
                signed(code, tile, step, part, step == from);
            }
        } else {
            start(code, tile, half);
            int together = Math.min(steps, together());
            for (int step = from; step < from + steps; step += together) {
                inShorts(code, tile, step, together, part);
            }
        }
    }

    private static Mem weights(int step, int part) {
        return Mem.at(Gpr.RAX, step * Panel.LINE + part);
    }

    private static Mem activations(RoundedTile tile, int token, int step) {
        return Mem.at(Gpr.RBX, tile.codes(token) + step * Integer.BYTES);
    }

    private void start(Assembler code, RoundedTile tile, int half) {
        for (int token = 0; token < tokens; token++) {
            if (format.zero() == 0) {
                code.zero(integers(token));
            } else {
                code.op(VPBROADCASTD, integers(token), Mem.at(Gpr.RBX, tile.start(half, token)));
            }
        }
    }

    /** How many pairs of products of the largest codes are a number of 16 bits, as a power of two. */
    private int together() {
        return Integer.highestOneBit(Short.MAX_VALUE / (2 * RoundedTile.LARGEST * format.largest()));
    }

    /** Products of small codes: some steps are summed in 16 bits first. */
    private void inShorts(Assembler code, RoundedTile tile, int from, int count, int part) {
        Vec x = other(2);
        for (int step = from; step < from + count; step++) {
            code.op(VMOVDQU, other(0), weights(step, part));
            for (int token = 0; token < tokens; token++) {
                code.op(VPBROADCASTD, x, activations(tile, token, step));
                if (step == from) {
                    code.op(VPMADDUBSW, shorts(token), other(0), x);
                } else {
                    code.op(VPMADDUBSW, x, other(0), x);
                    code.op(VPADDW, shorts(token), shorts(token), x);
                }
            }
        }
        for (int token = 0; token < tokens; token++) {
            code.op(VPMADDWD, shorts(token), shorts(token), ones());
            code.op(VPADDD, integers(token), integers(token), shorts(token));
        }
    }

    /** Products of codes whose pairs overflow 16 bits: the zero is taken off, and the sign is moved over to the activations. */
    private void signed(Assembler code, RoundedTile tile, int step, int part, boolean first) {
        Vec weights = other(0);
        Vec magnitudes = other(1);
        Vec x = other(2);
        code.op(VMOVDQU, weights, code.constantOf(format.zero(), 32));
        code.op(VPXOR, weights, weights, weights(step, part));
        code.op(VPABSB, magnitudes, weights);
        for (int token = 0; token < tokens; token++) {
            code.op(VPBROADCASTD, x, activations(tile, token, step));
            code.op(VPSIGNB, x, x, weights);
            code.op(VPMADDUBSW, x, magnitudes, x);
            code.op(VPMADDWD, first ? integers(token) : x, x, ones());
            if (!first) {
                code.op(VPADDD, integers(token), integers(token), x);
            }
        }
    }

    private void scale(Assembler code, RoundedTile tile, Panel panel, int half, int part) {
        Vec scales = other(0);
        Vec factor = other(1);
        code.op(VMOVDQU, scales, Mem.at(Gpr.RAX, panel.scale(half) + part));
        for (int token = 0; token < tokens; token++) {
            code.op(VCVTDQ2PS, integers(token), integers(token));
            Mem step = Mem.at(Gpr.RBX, tile.step(token));
            if (isa.wide()) {
                code.op(VMULPS, factor, scales, step.repeated());
            } else {
                code.op(VBROADCASTSS, factor, step);
                code.op(VMULPS, factor, scales, factor);
            }
            code.op(VFMADD231PS, sum(token), integers(token), factor);
        }
        if (panel.minimums()) {
            code.op(VMOVDQU, scales, Mem.at(Gpr.RAX, panel.minimum(half) + part));
            for (int token = 0; token < tokens; token++) {
                Mem sum = Mem.at(Gpr.RBX, tile.sum(half, token));
                if (isa.wide()) {
                    code.op(VFMADD231PS, sum(token), scales, sum.repeated());
                } else {
                    code.op(VBROADCASTSS, factor, sum);
                    code.op(VFMADD231PS, sum(token), scales, factor);
                }
            }
        }
    }
}
