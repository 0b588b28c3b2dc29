package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VPMOVZXBD;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;

import dev.nibble.core.codec.Q2_0;
import dev.nibble.core.codec.ScaleOnlyCodec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/** Q2_0: codes of two bits, four to a byte, lowest first. */
record TwoBitStream(ScaleOnlyCodec codec) implements OneScale {
    @Override
    public int largest() {
        return 3;
    }

    @Override
    public List<byte[]> constants() {
        return List.of(Rows.repeated(3));
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        stream(rows, row, Q2_0.CODES_AT + 8 * subBlock, target);
    }

    /** Unpacks eight bytes to 32 codes: each byte is copied to four, shifted by two more bits each time. */
    static void stream(Rows rows, int row, int offset, Vec target) {
        Assembler code = rows.code();
        Vec shifted = Rows.temporary(0);
        Vec sum = Rows.temporary(1);
        code.op(VPMOVZXBD, target, rows.at(row, offset));
        code.op(VPSLLD, shifted, target, 6);
        code.op(VPOR, sum, target, shifted);
        code.op(VPSLLD, shifted, target, 12);
        code.op(VPOR, sum, sum, shifted);
        code.op(VPSLLD, shifted, target, 18);
        code.op(VPOR, target, sum, shifted);
        rows.mask(target, target, 3);
    }
}
