package dev.nibble.core.backend.x86;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPDPBUSD;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDUBSW;
import static dev.nibble.core.x86.assembler.Instruction.VPMADDWD;

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

    private void part(Assembler code, int part) {
        Panel panel = Panel.of(format);
        RoundedTile tile = new RoundedTile(tokens);
        for (int token = 0; token < tokens; token++) {
            code.zero(sum(token));
        }
        code.align(32);
        Label loop = code.here();
        int steps = Panel.STEPS / panel.halves();
        for (int half = 0; half < panel.halves(); half++) {
            start(code, tile, half);
            for (int step = half * steps; step < (half + 1) * steps; step++) {
                code.op(VMOVDQU, other(0), Mem.at(Gpr.RAX, step * Panel.LINE + part));
                for (int token = 0; token < tokens; token++) {
                    dot(code, token, Mem.at(Gpr.RBX, tile.codes(token) + step * Integer.BYTES));
                }
            }
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

    private void start(Assembler code, RoundedTile tile, int half) {
        for (int token = 0; token < tokens; token++) {
            if (format.zero() == 0) {
                code.zero(integers(token));
            } else {
                code.op(VPBROADCASTD, integers(token), Mem.at(Gpr.RBX, tile.start(half, token)));
            }
        }
    }

    /** integers += four products of codes in every lane. */
    private void dot(Assembler code, int token, Mem activations) {
        Vec weights = other(0);
        if (isa.wide()) {
            code.op(VPDPBUSD, integers(token), weights, activations.repeated());
            return;
        }
        Vec x = other(1);
        Vec products = other(2);
        code.op(VPBROADCASTD, x, activations);
        if (format.wide()) { // two products of such codes overflow 16 bits: even and odd columns apart
            for (int mask : new int[]{0x00FF_00FF, 0xFF00_FF00}) {
                code.op(VPAND, products, weights, Constants.repeated(code, mask));
                add(code, token, products, x);
            }
        } else {
            code.op(VMOVDQU, products, weights);
            add(code, token, products, x);
        }
    }

    private void add(Assembler code, int token, Vec weights, Vec x) {
        code.op(VPMADDUBSW, weights, weights, x);
        code.op(VPMADDWD, weights, weights, Constants.repeated(code, 0x0001_0001));
        code.op(VPADDD, integers(token), integers(token), weights);
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
