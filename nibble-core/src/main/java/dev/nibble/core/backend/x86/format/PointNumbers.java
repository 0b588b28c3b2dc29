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
 * Numbers of a block's points whose low 8 bits are in one place and their upper ones in another. They are put together sixteen at a time and
 * left on the stack, 16 bits each: the doubled number, so that the multiplications shift to the left only.
 *
 * @param count  points of a block
 * @param low    where the low bits are, a byte for each point
 * @param upper  where the upper bits are: at most 16 bytes
 * @param shared how many points share a unit of upper bits
 * @param bytes  of a unit
 * @param stride  bits of a unit from one point to the next
 * @param bits   upper bits of a point
 */
record PointNumbers(int count, int low, int upper, int shared, int bytes, int stride, int bits) {
    private static final int AT_ONCE = 16;

    /** Bytes on the stack. */
    int scratchBytes() {
        return Rows.COUNT * count * Short.BYTES;
    }

    /** Writes what leaves the numbers of all rows on the stack. */
    void write(Rows rows) {
        Assembler code = rows.code();
        Vec units = ymm(2);
        Vec numbers = ymm(3);
        Vec above = ymm(4);
        Mem factors = words(rows, i -> 1 << Byte.SIZE + 1 - stride * (i % shared));
        Mem mask = words(rows, i -> (1 << bits) - 1 << Byte.SIZE + 1);
        for (int row = 0; row < Rows.COUNT; row++) {
            code.op(VBROADCASTI128, units, rows.at(row, upper));
            for (int first = 0; first < count; first += AT_ONCE) {
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

    /** Writes what loads a point's number, doubled. */
    void load(Rows rows, Gpr target, int row, int point) {
        rows.code().movzx16(target, place(row, point));
    }

    private Mem place(int row, int point) {
        return Rows.scratch((row * count + point) * Short.BYTES);
    }

    /** Which bytes of the units become words of the points from {@code first} on. */
    private Mem unitsFrom(Rows rows, int first) {
        return words(rows, i -> {
            int unit = (first + i) / shared * bytes;
            return bytes == 2 ? unit + 1 << Byte.SIZE | unit : 0x80 << Byte.SIZE | unit;
        });
    }

    private static Mem words(Rows rows, IntUnaryOperator word) {
        byte[] all = new byte[AT_ONCE * Short.BYTES];
        for (int i = 0; i < AT_ONCE; i++) {
            int value = word.applyAsInt(i);
            all[2 * i] = (byte) value;
            all[2 * i + 1] = (byte) (value >> Byte.SIZE);
        }
        return rows.code().constant(all);
    }
}
