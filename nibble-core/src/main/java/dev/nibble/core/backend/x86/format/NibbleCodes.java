package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VINSERTI128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VPSHUFB;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLVD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLW;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Vec;
import java.util.ArrayList;
import java.util.List;

/**
 * A sub-block in 16 bytes: the first 16 codes in the low nibbles, the last 16 in the high nibbles.
 *
 * @param offset offset in the block
 * @param levels levels of the sixteen codes + zero; empty if codes are the levels
 */
public record NibbleCodes(int offset, List<Integer> levels) {
    private static final int SIGN = 0x80;

    /** A copy with the zero of 128 subtracted from the levels. */
    NibbleCodes signed() {
        return new NibbleCodes(offset, levels.stream().map(level -> level - SIGN).toList());
    }

    /** Loads the 32 codes of a row. */
    void codes(Rows rows, int row, Vec target) {
        Assembler code = rows.code();
        rows.loadTwice(target, row, offset);
        code.op(VPSRLVD, target, target, rows.constant(target, lanes(0, 4)));
        rows.mask(target, target, 15);
        lookUp(rows, target);
    }

    /** Loads the first codes of a row and of the fourth row after it into one register of 256 bits, their last codes into another. */
    public void ofTwo(Rows rows, int row, Vec first, Vec last) {
        Assembler code = rows.code();
        code.op(VMOVDQU, first.as(128), rows.at(row, offset));
        code.op(VINSERTI128, first, first, rows.at(row + Rows.COUNT / 2, offset), 1);
        code.op(VPSRLW, last, first, 4);
        rows.mask(first, first, 15);
        rows.mask(last, last, 15);
        lookUp(rows, first);
        lookUp(rows, last);
    }

    /** Constants of {@link #codes}. */
    List<byte[]> constantsOfOne() {
        List<byte[]> constants = constants();
        constants.addFirst(lanes(0, 4));
        return constants;
    }

    /** Constants of {@link #ofTwo}. */
    List<byte[]> constants() {
        List<byte[]> constants = new ArrayList<>();
        constants.add(Rows.repeated(15));
        if (!levels.isEmpty()) {
            constants.add(table());
        }
        return constants;
    }

    /** Replaces 4-bit codes by levels. */
    void lookUp(Rows rows, Vec target) {
        if (!levels.isEmpty()) {
            Vec table = rows.loaded(rows.constant(target, table()), VMOVDQU, Rows.temporary(0, target));
            rows.code().op(VPSHUFB, target, table, target);
        }
    }

    private byte[] table() {
        byte[] table = new byte[32];
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) (int) levels.get(i % 16);
        }
        return table;
    }

    /** Four equal 32-bit integers for each half of a register. */
    private static byte[] lanes(int low, int high) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i += Integer.BYTES) {
            bytes[i] = (byte) (i < 16 ? low : high);
        }
        return bytes;
    }
}
