package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLW;
import static dev.nibble.core.x86.assembler.Instruction.VPSRAD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLW;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.Q6_K;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/** Q6_K: sixteen signed scales of 8 bits. */
record SixBitK(Codec codec) implements SuperBlock {

    @Override
    public boolean hasScalePer16() {
        return true;
    }

    @Override
    public int zero() {
        return 32;
    }

    @Override
    public int largest() {
        return 63;
    }

    @Override
    public void block(Rows rows) {
        Assembler code = rows.code();
        Vec factor = ymm(10);
        rows.halfFloats(factor, Q6_K.SCALE_AT);
        Vec[] words = rows.words(Q6_K.GROUP_SCALES_AT);
        Vec t = ymm(15);
        for (int i = 0; i < tables(); i++) {
            Vec word = words[i / Integer.BYTES];
            int left = Integer.SIZE - Byte.SIZE * (i % Integer.BYTES + 1);
            if (left > 0) {
                code.op(VPSLLD, t, word, left);
                word = t;
            }
            code.op(VPSRAD, t, word, Integer.SIZE - Byte.SIZE);
            SuperBlock.store(rows, t, 0, factor, i);
        }
    }

    @Override
    public void pair(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target);
    }

    @Override
    public List<byte[]> constants() {
        return List.of(Rows.repeated(15), Rows.repeated(0x30));
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        Assembler code = rows.code();
        int half = subBlock / 4;
        int quarter = subBlock % 4;
        rows.load(target, row, 64 * half + 32 * (quarter % 2));
        if (quarter >= 2) {
            code.op(VPSRLW, target, target, 4);
        }
        rows.mask(target, target, 15);
        Vec upper = Rows.temporary(0, target);
        rows.load(upper, row, Q6_K.HIGH_BITS_AT + 32 * half);
        int left = 4 - 2 * quarter;
        if (left > 0) {
            code.op(VPSLLW, upper, upper, left);
        } else if (left < 0) {
            code.op(VPSRLW, upper, upper, -left);
        }
        rows.mask(upper, upper, 0x30);
        code.op(VPOR, target, target, upper);
    }
}
