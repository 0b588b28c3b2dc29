package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPMAXSD;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;

import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;
import java.util.Optional;

/** MXFP4: E2M1 values with a power-of-two scale per 32. A code is 2 · value + 12. */
record Mxfp4RowFormat(Codec codec) implements RowFormat {
    static final int ZERO = 12;
    static final int LARGEST = 24;
    /** Levels of the sixteen codes. */
    static final List<Integer> LEVELS = List.of(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0);
    static final NibbleCodes NIBBLES = new NibbleCodes(MXFP4.CODES_AT, LEVELS);
    private static final int MANTISSA_BITS = 23;
    private static final int SMALLEST = 1 << MANTISSA_BITS - 1; // 2^−127, for an exponent of 0

    @Override
    public int zero() {
        return ZERO;
    }

    @Override
    public int largest() {
        return LARGEST;
    }

    @Override
    public Operand scale(Rows rows, int subBlock, int half) {
        Assembler code = rows.code();
        rows.unsignedBytes(Rows.SCALE, 0);
        code.op(VPSLLD, Rows.SCALE, Rows.SCALE, MANTISSA_BITS);
        code.op(VPMAXSD, Rows.SCALE, Rows.SCALE, rows.ints(SMALLEST));
        code.op(VMULPS, Rows.SCALE, Rows.SCALE, rows.floats(0.5f));
        return Rows.SCALE;
    }

    @Override
    public void pair(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target);
    }

    @Override
    public Optional<NibbleCodes> nibbles(int subBlock) {
        return Optional.of(NIBBLES);
    }

    @Override
    public List<byte[]> constants() {
        return NIBBLES.constants();
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        NIBBLES.codes(rows, row, target);
    }
}
