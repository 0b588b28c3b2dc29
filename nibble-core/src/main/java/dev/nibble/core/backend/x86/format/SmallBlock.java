package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Blocks of 32 values that begin with an F16 scale: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL.
 *
 * @param minimum offset of the F16 minimum, or −1
 * @param fifth offset of the codes' fifth bits, 32 bits, or −1
 * @param codes offset of the codes: 32 bytes, or 16 with the low nibbles first
 * @param levels levels of 4-bit codes + zero; empty if codes are the levels
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
    public Operand scale(Rows rows, int subBlock, int half) {
        rows.halfFloats(Rows.SCALE, 0);
        return Rows.SCALE;
    }

    @Override
    public Operand minimum(Rows rows, int subBlock, int half) {
        rows.halfFloats(Rows.MINIMUM, minimum);
        return Rows.MINIMUM;
    }

    @Override
    public void pair(Rows rows, int row, int subBlock, Vec target) {
        if (fifth < 0) {
            codes(rows, row, subBlock, target);
        } else {
            RowFormat.super.pair(rows, row, subBlock, target);
        }
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        Assembler code = rows.code();
        if (bytes) {
            rows.load(target, row, codes);
            code.op(VPXOR, target, target, rows.bytes(SIGN));
            return;
        }
        inNibbles().codes(rows, row, target);
        if (fifth >= 0) {
            fifthBits(rows, row, target);
        }
    }

    @Override
    public void signed(Rows rows, int row, int subBlock, Vec target) {
        if (bytes) {
            rows.load(target, row, codes);
        } else {
            RowFormat.super.signed(rows, row, subBlock, target);
        }
    }

    private NibbleCodes inNibbles() {
        return new NibbleCodes(codes, levels);
    }

    @Override
    public Optional<NibbleCodes> nibbles(int subBlock) {
        return bytes || fifth >= 0 ? Optional.empty() : Optional.of(exceeds7Bits() ? inNibbles().signed() : inNibbles());
    }

    @Override
    public List<byte[]> constants() {
        if (fifth < 0) {
            return nibbles(0).map(NibbleCodes::constants).orElse(List.of());
        }
        List<byte[]> constants = new ArrayList<>(Lattice.signConstants());
        constants.addAll(inNibbles().constantsOfOne());
        return constants;
    }

    /** Adds bit i of 32 as 16 to code i. */
    private void fifthBits(Rows rows, int row, Vec target) {
        Assembler code = rows.code();
        Vec bits = Rows.temporary(0);
        Lattice.signBits(rows, rows.at(row, fifth), bits);
        rows.mask(bits, bits, 16);
        code.op(VPOR, target, target, bits);
    }
}
