package dev.nibble.core.backend.x86.attention;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;
import dev.nibble.core.x86.machine.Isa;

/**
 * Adds the weighted values of a page to the sums of every query, in the order of positions: {@code sum ← factor · sum + Σ weight · value}.
 *
 * <pre>
 *   RDI  weights, a row per query     RCX  queries
 *   RSI  values, F32                       R8   positions
 *   RDX  sums                              R9   states
 * </pre>
 */
record MixKernel(int headSize, Isa isa) {
    private static final int VECTORS = 4;

    private int queries() {
        return isa.wide() ? 6 : 2;
    }

    void write(Assembler code) {
        QueryLoop.write(code, queries(), count -> rows(code, count));
    }

    private void rows(Assembler code, int count) {
        int lanes = isa.bits() / Float.SIZE;
        for (int from = 0; from < headSize; from += VECTORS * lanes) {
            part(code, count, from, Math.min(VECTORS, (headSize - from) / lanes));
        }
        code.add(Gpr.RDI, count * AttentionPage.ROW);
        code.add(Gpr.RDX, count * headSize * Float.BYTES);
        code.add(Gpr.R9, count * AttentionPage.STATE);
    }

    private void part(Assembler code, int count, int from, int vectors) {
        Vec weight = register(count * VECTORS);
        for (int i = 0; i < count; i++) {
            code.op(VBROADCASTSS, weight, Mem.at(Gpr.R9, i * AttentionPage.STATE + AttentionPage.FACTOR));
            for (int v = 0; v < vectors; v++) {
                code.op(VMULPS, register(i * VECTORS + v), weight, sum(i, from, v));
            }
        }
        code.mov(Gpr.RAX, Gpr.RDI);
        code.lea(Gpr.RBX, Mem.at(Gpr.RSI, from * Float.BYTES));
        code.mov(Gpr.R12, Gpr.R8);
        Label position = code.here();
        for (int v = 0; v < vectors; v++) {
            code.op(VMOVUPS, value(count, v), Mem.at(Gpr.RBX, v * isa.bits() / Byte.SIZE));
        }
        for (int i = 0; i < count; i++) {
            code.op(VBROADCASTSS, weight, Mem.at(Gpr.RAX, i * AttentionPage.ROW));
            for (int v = 0; v < vectors; v++) {
                code.op(VFMADD231PS, register(i * VECTORS + v), weight, value(count, v));
            }
        }
        code.add(Gpr.RAX, Float.BYTES);
        code.add(Gpr.RBX, headSize * Float.BYTES);
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, position);
        for (int i = 0; i < count; i++) {
            for (int v = 0; v < vectors; v++) {
                code.op(VMOVUPS_TO, sum(i, from, v), register(i * VECTORS + v));
            }
        }
    }

    private Mem sum(int query, int from, int v) {
        return Mem.at(Gpr.RDX, (query * headSize + from) * Float.BYTES + v * isa.bits() / Byte.SIZE);
    }

    private Vec value(int count, int v) {
        return register(count * VECTORS + 1 + v);
    }

    private Vec register(int number) {
        return new Vec(number, isa.bits());
    }
}
