package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSHUFB;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLVD;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/**
 * Blocks of 32 numbers with an F16 scale in front: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL.
 *
 * @param minimum where its F16 minimum is, or −1
 * @param fifth   where the fifth bits of the codes are, 32 bits, or −1
 * @param codes   where the codes are: 32 bytes, or 16 of which the low halves come first
 * @param levels  what codes of 4 bits stand for, zero added; empty for themselves
 */
record SmallBlock(Codec codec, int zero, int minimum, int fifth, int codes, boolean bytes, List<Integer> levels) implements RowFormat {
    private static final int SIGN = 0x80;

    static SmallBlock nibbles(Codec codec, int zero) {
        return new SmallBlock(codec, zero, -1, -1, 2, false, List.of());
    }

    SmallBlock withMinimum() {
        return new SmallBlock(codec, zero, 2, fifth, codes + 2, bytes, levels);
    }

    SmallBlock withFifthBits() {
        return new SmallBlock(codec, zero, minimum, codes, codes + Integer.BYTES, bytes, levels);
    }

    SmallBlock withLevels(List<Integer> newLevels) {
        return new SmallBlock(codec, zero, minimum, fifth, codes, bytes, newLevels);
    }

    static SmallBlock signedBytes(Codec codec) {
        return new SmallBlock(codec, SIGN, -1, -1, 2, true, List.of());
    }

    @Override
    public boolean minimums() {
        return minimum >= 0;
    }

    @Override
    public int largest() {
        if (bytes || !levels.isEmpty()) {
            return RowFormat.super.largest();
        }
        return fifth >= 0 ? 31 : 15;
    }

    @Override
    public Operand scale(Rows rows, int run, int half) {
        rows.halfFloats(Rows.SCALE, 0);
        return Rows.SCALE;
    }

    @Override
    public Operand minimum(Rows rows, int run, int half) {
        rows.halfFloats(Rows.MINIMUM, minimum);
        return Rows.MINIMUM;
    }

    @Override
    public void pair(Rows rows, int row, int run, Vec target) {
        if (fifth < 0) {
            codes(rows, row, run, target);
        } else {
            RowFormat.super.pair(rows, row, run, target);
        }
    }

    @Override
    public void codes(Rows rows, int row, int run, Vec target) {
        Assembler code = rows.code();
        if (bytes) {
            rows.load(target, row, codes);
            code.op(VPXOR, target, target, rows.bytes(SIGN));
            return;
        }
        nibbles(rows, row, codes, target);
        if (!levels.isEmpty()) {
            look(rows, levels, target);
        }
        if (fifth >= 0) {
            fifthBits(rows, row, target);
        }
    }

    @Override
    public void signed(Rows rows, int row, int run, Vec target) {
        if (bytes) {
            rows.load(target, row, codes);
        } else {
            nibbles(rows, row, codes, target);
            look(rows, signed(levels), target);
        }
    }

    @Override
    public List<byte[]> constants() {
        return bytes ? List.of() : nibbleConstants(signed(levels));
    }

    /** What {@link #nibbles} and {@link #look} need. @param levels none if there is no table */
    static List<byte[]> nibbleConstants(List<Integer> levels) {
        return levels.isEmpty() ? List.of(lanes(0, 4), Rows.repeated(15)) : List.of(lanes(0, 4), Rows.repeated(15), table(levels));
    }

    /** Levels with the zero of 128 taken off. */
    static List<Integer> signed(List<Integer> levels) {
        return levels.stream().map(level -> level - SIGN).toList();
    }

    /** 16 bytes as 32 codes, the low halves first. */
    static void nibbles(Rows rows, int row, int offset, Vec target) {
        Assembler code = rows.code();
        rows.loadTwice(target, row, offset);
        code.op(VPSRLVD, target, target, rows.constant(target, lanes(0, 4)));
        rows.mask(target, target, 15);
    }

    /** Codes of 4 bits become what a table says. */
    static void look(Rows rows, List<Integer> levels, Vec target) {
        Assembler code = rows.code();
        Vec table = switch (rows.constant(target, table(levels))) {
            case Vec register -> register;
            case Mem memory -> {
                code.op(VMOVDQU, Rows.temporary(0, target), memory);
                yield Rows.temporary(0, target);
            }
        };
        code.op(VPSHUFB, target, table, target);
    }

    private static byte[] table(List<Integer> levels) {
        byte[] table = new byte[32];
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) (int) levels.get(i % 16);
        }
        return table;
    }

    /** Bit i of 32 becomes 16 in code i. */
    private void fifthBits(Rows rows, int row, Vec target) {
        Assembler code = rows.code();
        Vec bits = Rows.temporary(0);
        Lattice.signBits(rows, rows.at(row, fifth), bits);
        rows.mask(bits, bits, 16);
        code.op(VPOR, target, target, bits);
    }

    /** Four 32-bit numbers for each half of a register. */
    private static byte[] lanes(int low, int high) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i += Integer.BYTES) {
            bytes[i] = (byte) (i < 16 ? low : high);
        }
        return bytes;
    }
}
