package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTPH2PS;
import static dev.nibble.core.x86.assembler.Instruction.VEXTRACTF64X4;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVSS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VPMOVZXWD;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;

import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Reduction;
import dev.nibble.core.x86.assembler.Vec;
import dev.nibble.core.x86.machine.Isa;

/**
 * Rows of F32, F16 or BF16 times some tokens, without quantization. Accumulator s of sixteen sums columns s, s + 16, s + 32 …; accumulators
 * are added in pairs at distances 8, 4, 2 and 1: bit-identical to the Vector API's kernels.
 *
 * <pre>
 *   RDI  row 0                            RCX  row groups
 *   RSI  floats of the first token        R8   bytes from one row of a group to the next
 *   RDX  sums[group][row][token]          R9   columns / 16
 * </pre>
 *
 * For one token, a group's rows are at a large stride, and consecutive groups start at consecutive rows; else a group's rows are
 * consecutive.
 */
public record FloatKernel(Plain codec, int tokens, Isa isa) {
    private static final int ACCUMULATORS = 16;
    private static final int LINE = 64;

    /** Maximum number of tokens. */
    public static int maxTokens(Isa isa) {
        return isa.wide() ? 6 : 3;
    }

    /** Rows per group. */
    static int rows(Isa isa, int tokens) {
        return isa.wide() ? tokens == 1 ? 8 : 4 : tokens == 1 ? 4 : 2;
    }

    private int rows() {
        return rows(isa, tokens);
    }

    /** Registers per sum of sixteen accumulators. */
    private int parts() {
        return ACCUMULATORS * Float.SIZE / isa.bits();
    }

    void write(Assembler code) {
        Rows rows = new Rows(code);
        rows.prepare();
        code.mov(Gpr.R13, Gpr.R9);
        code.shl(Gpr.R13, 6); // bytes from one token to the next
        Label group = code.here();
        code.mov(Gpr.RBX, Gpr.RSI);
        code.mov(Gpr.R12, Gpr.R9);
        for (int i = 0; i < rows() * tokens * parts(); i++) {
            code.zero(register(i));
        }
        code.align(32);
        Label loop = code.here();
        step(rows);
        code.add(Gpr.RDI, ACCUMULATORS * codec.blockBytes());
        code.add(Gpr.RBX, LINE);
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, loop);
        for (int sum = 0; sum < rows() * tokens; sum++) {
            add(code, sum);
            code.op(VMOVSS_TO, Mem.at(Gpr.RDX, sum * Float.BYTES), register(sum * parts()).as(128));
        }
        code.add(Gpr.RDX, rows() * tokens * Float.BYTES);
        if (tokens > 1) { // to the row after the group
            for (int i = 1; i < rows(); i++) {
                code.add(Gpr.RDI, Gpr.R8);
            }
        }
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, group);
    }

    private void step(Rows rows) {
        Assembler code = rows.code();
        int sums = rows() * tokens * parts();
        if (tokens == 1) {
            for (int row = 0; row < rows(); row++) {
                code.prefetch(rows.at(row, isa.ahead()));
            }
        }
        for (int part = 0; part < parts(); part++) {
            for (int row = 0; row < rows(); row++) {
                load(rows, row, part, register(sums + row));
            }
            code.mov(Gpr.R15, Gpr.RBX);
            for (int token = 0; token < tokens; token++) {
                Vec x = register(sums + rows());
                code.op(VMOVUPS, x, Mem.at(Gpr.R15, part * isa.bits() / Byte.SIZE));
                for (int row = 0; row < rows(); row++) {
                    code.op(VFMADD231PS, register((row * tokens + token) * parts() + part), register(sums + row), x);
                }
                if (token < tokens - 1) {
                    code.add(Gpr.R15, Gpr.R13);
                }
            }
        }
    }

    private void load(Rows rows, int row, int part, Vec target) {
        Assembler code = rows.code();
        Mem values = rows.at(row, part * ACCUMULATORS / parts() * codec.blockBytes());
        switch (codec) {
            case F16 -> code.op(VCVTPH2PS, target, values);
            case BF16 -> {
                code.op(VPMOVZXWD, target, values);
                code.op(VPSLLD, target, target, Short.SIZE);
            }
            default -> code.op(VMOVUPS, target, values);
        }
    }

    /** Adds up the accumulators of a sum. */
    private void add(Assembler code, int sum) {
        Vec lanes = register(sum * parts()).as(256);
        Vec other = register(rows() * tokens * parts()).as(256);
        if (isa.wide()) {
            code.store(VEXTRACTF64X4, other, lanes.as(512), 1);
            code.op(VADDPS, lanes, lanes, other);
        } else {
            code.op(VADDPS, lanes, lanes, register(sum * parts() + 1));
        }
        Reduction.across(code, lanes, VADDPS, other);
    }

    private Vec register(int number) {
        return new Vec(number, isa.bits());
    }
}
