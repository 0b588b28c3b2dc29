package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI128;
import static dev.nibble.core.x86.assembler.Instruction.VCVTPH2PS;
import static dev.nibble.core.x86.assembler.Instruction.VINSERTI128;
import static dev.nibble.core.x86.assembler.Instruction.VINSERTI64X4;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRB;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRD;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRW;
import static dev.nibble.core.x86.assembler.Instruction.VPMOVZXBD;
import static dev.nibble.core.x86.assembler.Instruction.VPMOVZXWD;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKHQDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLDQ;
import static dev.nibble.core.x86.assembler.Instruction.VPUNPCKLQDQ;
import static dev.nibble.core.x86.assembler.Vec.xmm;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Instruction;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Eight rows of a weight at a constant stride, and the registers that code may use.
 *
 * <pre>
 *   RDI        the block of row 0           R8, R10, R11, RAX   1, 3, 5 and 7 times the row stride
 *   YMM2       codes                        YMM3 … YMM5         temporary for codes
 *   YMM13, 14  scales and minimums          YMM2 … YMM15        temporary at the start of a block
 *   RBX, R13   temporary                    R14, R15            free for the format
 *   [RSP …]    32 tables of 32 bytes: a float per row; after them, the format's scratch bytes
 * </pre>
 */
public final class Rows {
    public static final int COUNT = 8;
    public static final Vec CODES = ymm(2);
    static final Vec OTHER_CODES = ymm(11);
    static final Vec SCALE = ymm(13);
    static final Vec MINIMUM = ymm(14);
    private static final int TABLE_BYTES = COUNT * Float.BYTES;
    private static final int TABLES = 32;
    /** Stack offset where a kernel may save a register. */
    public static final int FREE = TABLES * TABLE_BYTES;
    private static final int ALIGNMENT = 64;

    private final Assembler code;
    private final Map<ByteBuffer, Vec> kept = new HashMap<>();
    private int from;

    public Rows(Assembler code) {
        this.code = code;
    }

    public Assembler code() {
        return code;
    }

    /** Writes the computation of the multiples of the row stride, from R8. */
    public void prepare() {
        code.lea(Gpr.R10, Mem.at(Gpr.R8, Gpr.R8, 2, 0));
        code.lea(Gpr.R11, Mem.at(Gpr.R8, Gpr.R8, 4, 0));
        code.lea(Gpr.RAX, Mem.at(Gpr.R10, Gpr.R8, 4, 0));
    }

    /** Writes the allocation of the tables and {@code scratchBytes} more bytes on the stack. */
    public void frame(int scratchBytes) {
        code.sub(Gpr.RSP, FREE + ALIGNMENT + scratchBytes);
        code.and(Gpr.RSP, -ALIGNMENT);
    }

    /** Writes loads of 32-byte constants into registers; code for registers of 256 bits uses them from then on. */
    public void keep(List<byte[]> constants, Vec... registers) {
        for (int i = 0; i < Math.min(constants.size(), registers.length); i++) {
            code.op(VMOVDQU, registers[i], code.constant(constants.get(i)));
            kept.put(ByteBuffer.wrap(constants.get(i)), registers[i]);
        }
    }

    /** Uses constants in memory from now on. */
    public void forget() {
        kept.clear();
    }

    /** A constant of 32 bytes: in its register, or in memory, duplicated to 64 bytes. */
    Operand constant(Vec like, byte... bytes) {
        Vec register = kept.get(ByteBuffer.wrap(bytes));
        return register != null && like.bits() == register.bits() ? register : twice(bytes);
    }

    /** A constant of 32 bytes for registers of 256 bits: in its register, or in memory. */
    Operand constant(byte... bytes) {
        Vec register = kept.get(ByteBuffer.wrap(bytes));
        return register != null ? register : code.constant(bytes);
    }

    /** The operand's register, or {@code free} after loading it there. */
    public Vec loaded(Operand operand, Instruction load, Vec free) {
        return switch (operand) {
            case Vec register -> register;
            case Mem memory -> {
                code.op(load, free, memory);
                yield free;
            }
        };
    }

    /** 32 equal bytes. */
    static byte[] repeated(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** Sets the start of all offsets, in bytes after RDI. */
    public void startAt(int bytes) {
        from = bytes;
    }

    /** Address in the block of a row. */
    public Mem at(int row, int offset) {
        int displacement = from + offset;
        return switch (row) {
            case 0 -> Mem.at(Gpr.RDI, displacement);
            case 1 -> Mem.at(Gpr.RDI, Gpr.R8, 1, displacement);
            case 2 -> Mem.at(Gpr.RDI, Gpr.R8, 2, displacement);
            case 3 -> Mem.at(Gpr.RDI, Gpr.R10, 1, displacement);
            case 4 -> Mem.at(Gpr.RDI, Gpr.R8, 4, displacement);
            case 5 -> Mem.at(Gpr.RDI, Gpr.R11, 1, displacement);
            case 6 -> Mem.at(Gpr.RDI, Gpr.R10, 2, displacement);
            case 7 -> Mem.at(Gpr.RDI, Gpr.RAX, 1, displacement);
            default -> throw new IndexOutOfBoundsException(row);
        };
    }

    /** One of three temporary registers for codes. */
    static Vec temporary(int i) {
        return ymm(3 + i);
    }

    /** The same, as wide as another. */
    static Vec temporary(int i, Vec like) {
        return temporary(i).as(like.bits());
    }

    /** Loads 32 bytes of a row; into a register of 512 bits, also those of the fourth row after it. */
    void load(Vec target, int row, int offset) {
        code.op(VMOVDQU, target.as(256), at(row, offset));
        if (target.bits() == 512) {
            code.op(VINSERTI64X4, target, target, at(row + COUNT / 2, offset), 1);
        }
    }

    /** Loads 16 bytes of a row, duplicated; likewise for 512 bits. */
    void loadTwice(Vec target, int row, int offset) {
        code.op(VBROADCASTI128, target.as(256), at(row, offset));
        if (target.bits() == 512) {
            code.op(VBROADCASTI128, OTHER_CODES, at(row + COUNT / 2, offset));
            code.op(VINSERTI64X4, target, target, OTHER_CODES, 1);
        }
    }

    private Mem twice(byte... bytes) {
        byte[] all = new byte[2 * bytes.length];
        System.arraycopy(bytes, 0, all, 0, bytes.length);
        System.arraycopy(bytes, 0, all, bytes.length, bytes.length);
        return code.constant(all);
    }

    /** Address of a table, which has a value per row. */
    static Mem table(int number) {
        return Mem.at(Gpr.RSP, number * TABLE_BYTES);
    }

    /** Address in the scratch bytes after the tables. */
    static Mem scratch(int offset) {
        return Mem.at(Gpr.RSP, FREE + ALIGNMENT + offset);
    }

    /** A constant of 64 equal bytes. */
    Mem bytes(int value) {
        return code.constantOf(value, 64);
    }

    /** A constant of eight equal 32-bit integers. */
    Mem ints(int value) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (value >> 8 * (i % Integer.BYTES));
        }
        return code.constant(bytes);
    }

    /** A constant of eight equal floats. */
    Mem floats(float value) {
        return ints(Float.floatToRawIntBits(value));
    }

    /** target = bytes of {@code source} and a mask in every byte. */
    void mask(Vec target, Vec source, int mask) {
        code.op(VPAND, target, source, constant(target, repeated(mask)));
    }

    /** Gathers one F16 value from every row, as floats. */
    void halfFloats(Vec target, int offset) {
        shorts(target.as(128), offset);
        code.op(VCVTPH2PS, target, target.as(128));
    }

    /** Gathers one BF16 value from every row, as floats. */
    void brainFloats(Vec target, int offset) {
        shorts(target.as(128), offset);
        code.op(VPMOVZXWD, target, target.as(128));
        code.op(VPSLLD, target, target, Short.SIZE);
    }

    /** Gathers one float from every row. */
    void floats(Vec target, int offset) {
        Vec other = xmm(3);
        for (int row = 0; row < COUNT / 2; row++) {
            insert(VPINSRD, target.as(128), at(row, offset), row);
            insert(VPINSRD, other, at(row + COUNT / 2, offset), row);
        }
        code.op(VINSERTI128, target, target, other, 1);
    }

    /** Gathers one byte from every row, as integers. */
    void unsignedBytes(Vec target, int offset) {
        for (int row = 0; row < COUNT; row++) {
            insert(VPINSRB, target.as(128), at(row, offset), row);
        }
        code.op(VPMOVZXBD, target, target.as(128));
    }

    private void shorts(Vec target, int offset) {
        Vec other = xmm(3);
        for (int row = 0; row < COUNT / 2; row++) {
            insert(VPINSRW, target, at(row, offset), row);
            insert(VPINSRW, other, at(row + COUNT / 2, offset), row);
        }
        code.op(VPUNPCKLQDQ, target, target, other);
    }

    /** Inserts an element; element 0 clears the others. */
    private void insert(Instruction by, Vec target, Mem source, int place) {
        if (place == 0) {
            code.zero(target);
        }
        code.op(by, target, target, source, place);
    }

    /**
     * Gathers 16 bytes from every row, transposed: the returned registers hold the first, second, third and fourth 32 bits of all rows.
     * Uses YMM2 to YMM9.
     */
    Vec[] words(int offset) {
        for (int i = 0; i < 4; i++) {
            code.op(VMOVDQU, xmm(2 + i), at(i, offset));
            code.op(VINSERTI128, ymm(2 + i), ymm(2 + i), at(i + 4, offset), 1);
        }
        code.op(VPUNPCKLDQ, ymm(6), ymm(2), ymm(3));
        code.op(VPUNPCKHDQ, ymm(7), ymm(2), ymm(3));
        code.op(VPUNPCKLDQ, ymm(8), ymm(4), ymm(5));
        code.op(VPUNPCKHDQ, ymm(9), ymm(4), ymm(5));
        code.op(VPUNPCKLQDQ, ymm(2), ymm(6), ymm(8));
        code.op(VPUNPCKHQDQ, ymm(3), ymm(6), ymm(8));
        code.op(VPUNPCKLQDQ, ymm(4), ymm(7), ymm(9));
        code.op(VPUNPCKHQDQ, ymm(5), ymm(7), ymm(9));
        return new Vec[]{ymm(2), ymm(3), ymm(4), ymm(5)};
    }
}
