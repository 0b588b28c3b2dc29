package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTSS;
import static dev.nibble.core.x86.assembler.Instruction.VCVTPH2PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRW;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;

/**
 * Decodes blocks of codebook indices (AQLM) to floats: {@code (Σ vectors) · scale}. Weights of one format share a kernel; each has its own
 * vectors.
 *
 * <pre>
 *   RDI  blocks                           RDX  vectors
 *   RSI  floats                           RCX  blocks
 * </pre>
 */
public record AdditiveKernel(int books, int bits, int indexBytes, int groupSize, ScaleFormat vectors) {
    private static final Vec SCALE = ymm(15);
    private static final int MAX_UNROLLED = 4;
    private static final int EIGHT = AdditiveCodes.DIMENSION * Float.BYTES;

    public static AdditiveKernel of(AdditiveCodes codec) {
        return new AdditiveKernel(codec.books(), codec.bits(), codec.indexBytes(), codec.blockSize(), codec.vectorFormat());
    }

    void write(Assembler code) {
        int vectorsInGroup = groupSize / AdditiveCodes.DIMENSION;
        int unrolled = vectorsInGroup % MAX_UNROLLED == 0 ? MAX_UNROLLED : 1;
        Label block = code.here();
        code.op(VPINSRW, SCALE.as(128), SCALE.as(128), Mem.at(Gpr.RDI, 0), 0);
        code.op(VCVTPH2PS, SCALE.as(128), SCALE.as(128));
        code.op(VBROADCASTSS, SCALE, SCALE.as(128));
        code.add(Gpr.RDI, Short.BYTES);
        code.mov(Gpr.R12, vectorsInGroup / unrolled);
        Label some = code.here();
        for (int i = 0; i < unrolled; i++) {
            sum(code, i);
        }
        code.add(Gpr.RDI, unrolled * books * indexBytes);
        code.add(Gpr.RSI, unrolled * EIGHT);
        code.sub(Gpr.R12, 1);
        code.jump(Condition.NOT_EQUAL, some);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, block);
    }

    /** Decodes eight values. */
    private void sum(Assembler code, int number) {
        Vec sum = ymm(2 * number);
        for (int book = 0; book < books; book++) {
            Mem vector = vector(code, number, book);
            if (vectors == ScaleFormat.F16) {
                Vec one = book == 0 ? sum : ymm(2 * number + 1);
                code.op(VCVTPH2PS, one, vector);
                if (book > 0) {
                    code.op(VADDPS, sum, sum, one);
                }
            } else if (book == 0) {
                code.op(VMOVUPS, sum, vector);
            } else {
                code.op(VADDPS, sum, sum, vector);
            }
        }
        code.op(VMULPS, sum, sum, SCALE);
        code.op(VMOVUPS_TO, Mem.at(Gpr.RSI, number * EIGHT), sum);
    }

    /** Address of an index's vector; excess bits are masked. */
    private Mem vector(Assembler code, int number, int book) {
        Mem index = Mem.at(Gpr.RDI, (number * books + book) * indexBytes);
        if (indexBytes == Byte.BYTES) {
            code.movzx8(Gpr.RAX, index);
        } else {
            code.movzx16(Gpr.RAX, index);
        }
        if (bits < indexBytes * Byte.SIZE) {
            code.and(Gpr.RAX, (1 << bits) - 1);
        }
        int bytes = AdditiveCodes.DIMENSION * vectors.bytes();
        code.shl(Gpr.RAX, Integer.numberOfTrailingZeros(bytes));
        return Mem.at(Gpr.RDX, Gpr.RAX, 1, book * bytes << bits);
    }
}
