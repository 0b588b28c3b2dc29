package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLW;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.Q2_K;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/** Q2_K: sixteen scales and minimums of 4 bits. */
record TwoBitK(Codec codec) implements SuperBlock {

    @Override
    public int largest() {
        return 3;
    }

    @Override
    public boolean hasScalePer16() {
        return true;
    }

    @Override
    public boolean minimums() {
        return true;
    }

    @Override
    public void block(Rows rows) {
        Assembler code = rows.code();
        Vec factor = ymm(10);
        Vec negative = ymm(11);
        rows.halfFloats(factor, Q2_K.SCALE_AT);
        rows.halfFloats(negative, Q2_K.SCALE_AT + 2);
        code.op(VPXOR, negative, negative, rows.ints(0x8000_0000));
        Vec[] words = rows.words(0);
        for (int i = 0; i < words.length; i++) {
            rows.mask(ymm(6), words[i], 15);
            SuperBlock.tables(rows, ymm(6), 4, 0, factor, 4 * i, ymm(15));
            code.op(VPSRLD, ymm(6), words[i], 4);
            rows.mask(ymm(6), ymm(6), 15);
            SuperBlock.tables(rows, ymm(6), 4, 0, negative, tables() + 4 * i, ymm(15));
        }
    }

    @Override
    public void pair(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target);
    }

    @Override
    public List<byte[]> constants() {
        return List.of(Rows.repeated(3));
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        planes(rows, row, Q2_K.CODES_AT, subBlock, target);
    }

    /** Loads two bits of each of 32 bytes: bytes by halves of the block, bits by quarters. */
    static void planes(Rows rows, int row, int offset, int subBlock, Vec target) {
        rows.load(target, row, offset + 32 * (subBlock / 4));
        if (subBlock % 4 > 0) {
            rows.code().op(VPSRLW, target, target, 2 * (subBlock % 4));
        }
        rows.mask(target, target, 3);
    }
}
