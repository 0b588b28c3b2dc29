package dev.nibble.core.backend.x86.matmul;

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

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import dev.nibble.core.x86.machine.Isa;

/**
 * A panel of sixteen rows times some tokens, with AVX-512 (VNNI) or AVX2. The sums of all tokens stay in registers; weights are read once.
 *
 * <pre>
 *   RDI  panel                   RCX  sub-blocks of 32 columns
 *   RSI  quantized activations     R8   bytes from a token's sums to the next one's
 *   RDX  sums
 * </pre>
 *
 * AVX2 has no dot product with 32-bit sums: small codes are summed in 16 bits; for 8-bit codes, signs are applied to the activations. The
 * sums are the same integers.
 */
public record TileKernel(RowFormat format, int tokens, Isa isa) {
    /** AVX2 registers for the sums of tokens, and as many for their integers: for signed codes, for others, for two registers of rows. */
    private static final int AVX2_SIGNED = 6;
    private static final int AVX2_SUMS = 4;
    private static final int AVX2_PAIRS = 3;
    /** AVX2 registers for codes with products added in 16 and in 32 bits. */
    private static final int ONES = 3;
    private static final int SHORTS = 4;

    /** Maximum number of tokens. */
    public static int maxTokens(RowFormat format, Isa isa) {
        if (isa.wide()) {
            return RoundedTile.MAX_TOKENS;
        }
        return format.exceeds7Bits() ? AVX2_SIGNED : inShorts(format) ? AVX2_PAIRS : AVX2_SUMS;
    }

    /** Whether the products of a sub-block, or of its half, are added in 16 bits. */
    private static boolean inShorts(RowFormat format) {
        return together(format) >= steps(format);
    }

    /** {@link RoundedTile#pairsInShort}, as a power of two. */
    private static int together(RowFormat format) {
        return Integer.highestOneBit(RoundedTile.pairsInShort(format.largest()));
    }

    /** Steps of four columns that share a scale. */
    private static int steps(RowFormat format) {
        return Panel.STEPS / (format.hasScalePer16() ? 2 : 1);
    }

    /** Registers of rows at a time. */
    private int vectors() {
        return !isa.wide() && inShorts(format) ? 2 : 1;
    }

    private int vectorBytes() {
        return isa.bits() / Byte.SIZE;
    }

    void write(Assembler code) {
        for (int part = 0; part < Panel.LINE; part += vectors() * vectorBytes()) {
            code.mov(Gpr.RAX, Gpr.RDI);
            code.mov(Gpr.RBX, Gpr.RSI);
            code.mov(Gpr.R12, Gpr.RCX);
            code.mov(Gpr.R10, Gpr.RDX);
            part(code, part);
        }
    }

    private Vec sum(int vector, int token) {
        return new Vec(vector * maxTokens(format, isa) + token, isa.bits());
    }

    private Vec integers(int vector, int token) {
        return new Vec((vectors() + vector) * maxTokens(format, isa) + token, isa.bits());
    }

    private Vec other(int i) {
        return new Vec(2 * vectors() * maxTokens(format, isa) + i, isa.bits());
    }

    /** Register for a token's activations and factors. */
    private Vec ofToken() {
        return other(vectors());
    }

    /** Code for a token and a register of rows. */
    @FunctionalInterface
    private interface Each {
        void write(int vector, int token);
    }

    private void forEach(Each each) {
        for (int vector = 0; vector < vectors(); vector++) {
            for (int token = 0; token < tokens; token++) {
                each.write(vector, token);
            }
        }
    }

    private void part(Assembler code, int part) {
        Panel panel = Panel.of(format);
        RoundedTile tile = new RoundedTile(tokens);
        forEach((vector, token) -> code.zero(sum(vector, token)));
        if (!isa.wide() && !inShorts(format)) {
            code.op(VMOVDQU, other(ONES), Constants.repeated(code, 0x0001_0001));
        }
        code.align(32);
        Label loop = code.here();
        for (int half = 0; half < panel.scaleCount(); half++) {
            products(code, tile, half, part);
            scale(code, tile, panel, half, part);
        }
        code.add(Gpr.RAX, panel.stride());
        code.add(Gpr.RBX, tile.stride());
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, loop);
        for (int token = 0; token < tokens; token++) {
            for (int vector = 0; vector < vectors(); vector++) {
                code.op(VMOVUPS_TO, Mem.at(Gpr.R10, part + vector * vectorBytes()), sum(vector, token));
            }
            code.add(Gpr.R10, Gpr.R8);
        }
    }

    /** integers = sums of products of codes, zero subtracted. */
    private void products(Assembler code, RoundedTile tile, int half, int part) {
        int from = half * steps(format);
        int end = from + steps(format);
        if (isa.wide()) {
            dots(code, tile, half, part);
        } else if (format.exceeds7Bits()) {
            for (int step = from; step < end; step++) {
                signed(code, tile, step, part, step == from);
            }
        } else {
            int together = Math.min(steps(format), together(format));
            for (int step = from; step < end; step += together) {
                inShorts(code, tile, step, together, part);
                inIntegers(code, step == from);
            }
            subtractZero(code, tile, half);
        }
    }

    private Mem weights(int step, int part, int vector) {
        return Mem.at(Gpr.RAX, step * Panel.LINE + part + vector * vectorBytes());
    }

    private static Mem activations(RoundedTile tile, int token, int step) {
        return Mem.at(Gpr.RBX, tile.codesOffset(token) + step * Integer.BYTES);
    }

    private void dots(Assembler code, RoundedTile tile, int half, int part) {
        for (int token = 0; token < tokens; token++) {
            if (format.zero() == 0) {
                code.zero(integers(0, token));
            } else {
                code.op(VPBROADCASTD, integers(0, token), Mem.at(Gpr.RBX, tile.startOffset(half, token)));
            }
        }
        for (int step = half * steps(format); step < (half + 1) * steps(format); step++) {
            code.op(VMOVDQU, other(0), weights(step, part, 0));
            for (int token = 0; token < tokens; token++) {
                code.op(VPDPBUSD, integers(0, token), other(0), activations(tile, token, step).repeated());
            }
        }
    }

    /** Register of 16-bit sums. */
    private Vec shorts(int vector, int token) {
        return inShorts(format) ? integers(vector, token) : other(SHORTS + token);
    }

    /** shorts = sums of {@code count} steps. */
    private void inShorts(Assembler code, RoundedTile tile, int from, int count, int part) {
        Vec x = ofToken();
        Vec products = other(vectors() + 1);
        for (int step = from; step < from + count; step++) {
            for (int vector = 0; vector < vectors(); vector++) {
                code.op(VMOVDQU, other(vector), weights(step, part, vector));
            }
            for (int token = 0; token < tokens; token++) {
                code.op(VPBROADCASTD, x, activations(tile, token, step));
                for (int vector = 0; vector < vectors(); vector++) {
                    Vec sums = shorts(vector, token);
                    code.op(VPMADDUBSW, step == from ? sums : products, other(vector), x);
                    if (step > from) {
                        code.op(VPADDW, sums, sums, products);
                    }
                }
            }
        }
    }

    /** integers = shorts, or integers += shorts, adjacent ones added. */
    private void inIntegers(Assembler code, boolean first) {
        Operand ones = inShorts(format) ? Constants.repeated(code, 0x0001_0001) : other(ONES);
        forEach((vector, token) -> {
            Vec shorts = shorts(vector, token);
            Vec integers = integers(vector, token);
            code.op(VPMADDWD, first ? integers : shorts, shorts, ones);
            if (!first) {
                code.op(VPADDD, integers, integers, shorts);
            }
        });
    }

    private void subtractZero(Assembler code, RoundedTile tile, int half) {
        for (int token = 0; format.zero() != 0 && token < tokens; token++) {
            code.op(VPBROADCASTD, ofToken(), Mem.at(Gpr.RBX, tile.startOffset(half, token)));
            for (int vector = 0; vector < vectors(); vector++) {
                code.op(VPADDD, integers(vector, token), integers(vector, token), ofToken());
            }
        }
    }

    /** integers += products of codes whose pairs would overflow 16 bits: their signs are applied to the activations. */
    private void signed(Assembler code, RoundedTile tile, int step, int part, boolean first) {
        Vec weights = other(0);
        Vec x = ofToken();
        Vec magnitudes = other(2);
        code.op(VMOVDQU, weights, weights(step, part, 0));
        code.op(VPABSB, magnitudes, weights);
        for (int token = 0; token < tokens; token++) {
            Vec integers = integers(0, token);
            code.op(VPBROADCASTD, x, activations(tile, token, step));
            code.op(VPSIGNB, x, x, weights);
            code.op(VPMADDUBSW, x, magnitudes, x);
            code.op(VPMADDWD, first ? integers : x, x, other(ONES));
            if (!first) {
                code.op(VPADDD, integers, integers, x);
            }
        }
    }

    /** sums += integers · scale · step, and minimum · sum of the activations. */
    private void scale(Assembler code, RoundedTile tile, Panel panel, int half, int part) {
        load(code, panel.scale(half) + part);
        for (int token = 0; token < tokens; token++) {
            Mem step = Mem.at(Gpr.RBX, tile.stepOffset(token));
            if (!isa.wide()) {
                code.op(VBROADCASTSS, ofToken(), step);
            }
            for (int vector = 0; vector < vectors(); vector++) {
                Vec factor = isa.wide() ? ofToken() : other(vectors() + 1);
                code.op(VCVTDQ2PS, integers(vector, token), integers(vector, token));
                code.op(VMULPS, factor, other(vector), isa.wide() ? step.repeated() : ofToken());
                code.op(VFMADD231PS, sum(vector, token), integers(vector, token), factor);
            }
        }
        if (panel.minimums()) {
            load(code, panel.minimum(half) + part);
            for (int token = 0; token < tokens; token++) {
                Mem sum = Mem.at(Gpr.RBX, tile.sumOffset(half, token));
                if (!isa.wide()) {
                    code.op(VBROADCASTSS, ofToken(), sum);
                }
                for (int vector = 0; vector < vectors(); vector++) {
                    code.op(VFMADD231PS, sum(vector, token), other(vector), isa.wide() ? sum.repeated() : ofToken());
                }
            }
        }
    }

    /** Loads factors of all rows. */
    private void load(Assembler code, int at) {
        for (int vector = 0; vector < vectors(); vector++) {
            code.op(VMOVDQU, other(vector), Mem.at(Gpr.RAX, at + vector * vectorBytes()));
        }
    }
}
