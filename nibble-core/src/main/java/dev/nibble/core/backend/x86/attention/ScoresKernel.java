package dev.nibble.core.backend.x86.attention;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;
import dev.nibble.core.x86.machine.Isa;

/**
 * Query · key for all positions of a page, summed in the order of dimensions.
 *
 * <pre>
 *   RDI  queries                      RCX  number of queries
 *   RSI  transposed keys
 *   RDX  scores, a row per query
 * </pre>
 */
record ScoresKernel(int headSize, Isa isa) {
    private int queries() {
        return isa.wide() ? 3 : 2;
    }

    private int vectors() {
        return isa.wide() ? 8 : 4;
    }

    void write(Assembler code) {
        QueryLoop.write(code, queries(), count -> rows(code, count));
    }

    private void rows(Assembler code, int count) {
        int bytes = vectors() * isa.bits() / Byte.SIZE;
        for (int part = 0; part < AttentionPage.ROW; part += bytes) {
            part(code, count, part);
        }
        code.add(Gpr.RDI, count * headSize * Float.BYTES);
        code.add(Gpr.RDX, count * AttentionPage.ROW);
    }

    private void part(Assembler code, int count, int part) {
        int lanes = isa.bits() / Byte.SIZE;
        for (int i = 0; i < count * vectors(); i++) {
            code.zero(register(i));
        }
        code.mov(Gpr.RAX, Gpr.RDI);
        code.mov(Gpr.RBX, Gpr.RSI);
        code.mov(Gpr.R12, headSize);
        Label dimension = code.here();
        Vec query = register(count * vectors());
        Vec keys = register(count * vectors() + count);
        for (int i = 0; i < count; i++) {
            code.op(VBROADCASTSS, query(query, i), Mem.at(Gpr.RAX, i * headSize * Float.BYTES));
        }
        for (int v = 0; v < vectors(); v++) {
            code.op(VMOVUPS, keys, Mem.at(Gpr.RBX, part + v * lanes));
            for (int i = 0; i < count; i++) {
                code.op(VFMADD231PS, register(i * vectors() + v), keys, query(query, i));
            }
        }
        code.add(Gpr.RAX, Float.BYTES);
        code.add(Gpr.RBX, AttentionPage.ROW);
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, dimension);
        for (int i = 0; i < count; i++) {
            for (int v = 0; v < vectors(); v++) {
                code.op(VMOVUPS_TO, Mem.at(Gpr.RDX, i * AttentionPage.ROW + part + v * lanes), register(i * vectors() + v));
            }
        }
    }

    private static Vec query(Vec first, int i) {
        return new Vec(first.number() + i, first.bits());
    }

    private Vec register(int number) {
        return new Vec(number, isa.bits());
    }
}
