package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.Q3_K;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/** Q3_K: sixteen scales of 6 bits around 32; the codes' third bits are in a mask. */
record ThreeBitK(Codec codec) implements SuperBlock {

    @Override
    public boolean hasScalePer16() {
        return true;
    }

    @Override
    public int zero() {
        return 4;
    }

    @Override
    public int largest() {
        return 7;
    }

    @Override
    public void block(Rows rows) {
        Assembler code = rows.code();
        Vec factor = ymm(10);
        rows.halfFloats(factor, Q3_K.SCALE_AT);
        Vec[] words = rows.words(Q3_K.GROUP_SCALES_AT - 4); // the bytes before them are ignored
        for (int i = 0; i < 4; i++) {
            Vec low = ymm(6);
            Vec high = ymm(7);
            Vec source = words[1 + i % 2];
            if (i >= 2) {
                code.op(VPSRLD, low, source, 4);
                source = low;
            }
            rows.mask(low, source, 15);
            shifted(code, high, words[3], 4 - 2 * i);
            rows.mask(high, i == 2 ? words[3] : high, 0x30);
            code.op(VPOR, low, low, high);
            SuperBlock.tables(rows, low, 6, 32, factor, 4 * i, ymm(15));
        }
    }

    private static void shifted(Assembler code, Vec target, Vec source, int left) {
        if (left > 0) {
            code.op(VPSLLD, target, source, left);
        } else if (left < 0) {
            code.op(VPSRLD, target, source, -left);
        }
    }

    @Override
    public void pair(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target);
    }

    @Override
    public List<byte[]> constants() {
        return List.of(Rows.repeated(3), Rows.repeated(1 << 2));
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        TwoBitK.planes(rows, row, Q3_K.CODES_AT, subBlock, target);
        Vec third = Rows.temporary(0, target);
        FourFiveBitK.bit(rows, row, 0, subBlock, 2, third);
        rows.code().op(VPOR, target, target, third);
    }
}
