package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VPADDW;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPMOVZXBW;
import static dev.nibble.core.x86.assembler.Instruction.VPMULLW;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSHUFB;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;
import java.util.function.IntUnaryOperator;

/**
 * Assembles the grid indices of a block's points from low 8 bits and separately stored upper bits, sixteen at a time, on the stack: 16 bits
 * each, doubled, so that the multiplications only shift left.
 *
 * @param count points per block
 * @param low offset of the low bits, one byte per point
 * @param upper offset of the upper bits, at most 16 bytes
 * @param shared points per unit of upper bits
 * @param bytes bytes per unit
 * @param stride bits from one point to the next in a unit
 * @param bits upper bits per point
 */
record PointNumbers(int count, int low, int upper, int shared, int bytes, int stride, int bits) {
    private static final int BATCH = 16;

    /** Size on the stack, in bytes. */
    int scratchBytes() {
        return Rows.COUNT * count * Short.BYTES;
    }

    /** Writes code that stores the indices of all rows on the stack. */
    void write(Rows rows) {
        Assembler code = rows.code();
        Vec units = ymm(2);
        Vec numbers = ymm(3);
        Vec above = ymm(4);
        Mem factors = words(rows, i -> 1 << Byte.SIZE + 1 - stride * (i % shared));
        Mem mask = words(rows, i -> (1 << bits) - 1 << Byte.SIZE + 1);
        for (int row = 0; row < Rows.COUNT; row++) {
            code.op(VBROADCASTI128, units, rows.at(row, upper));
            for (int first = 0; first < count; first += BATCH) {
                code.op(VPSHUFB, above, units, unitsFrom(rows, first));
                code.op(VPMULLW, above, above, factors);
                code.op(VPAND, above, above, mask);
                code.op(VPMOVZXBW, numbers, rows.at(row, low + first));
                code.op(VPADDW, numbers, numbers, numbers);
                code.op(VPOR, numbers, numbers, above);
                code.op(VMOVDQU_TO, place(row, first), numbers);
            }
        }
    }

    /** Writes the load of a point's doubled index. */
    void load(Rows rows, Gpr target, int row, int point) {
        rows.code().movzx16(target, place(row, point));
    }

    private Mem place(int row, int point) {
        return Rows.scratch((row * count + point) * Short.BYTES);
    }

    /** Shuffle of the units' bytes to words of the points from {@code first} on. */
    private Mem unitsFrom(Rows rows, int first) {
        return words(rows, i -> {
            int unit = (first + i) / shared * bytes;
            return bytes == 2 ? unit + 1 << Byte.SIZE | unit : 0x80 << Byte.SIZE | unit;
        });
    }

    private static Mem words(Rows rows, IntUnaryOperator word) {
        byte[] all = new byte[BATCH * Short.BYTES];
        for (int i = 0; i < BATCH; i++) {
            int value = word.applyAsInt(i);
            all[2 * i] = (byte) value;
            all[2 * i + 1] = (byte) (value >> Byte.SIZE);
        }
        return rows.code().constant(all);
    }
}
