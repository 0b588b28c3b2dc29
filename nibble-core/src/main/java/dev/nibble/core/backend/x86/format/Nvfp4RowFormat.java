package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPANDN;
import static dev.nibble.core.x86.assembler.Instruction.VPCMPEQD;
import static dev.nibble.core.x86.assembler.Instruction.VPERMQ;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLVQ;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;

/** NVFP4: E2M1 values with an E4M3 scale per 16. */
record Nvfp4RowFormat(Codec codec) implements RowFormat {
    private static final int MANTISSA_SHIFT = 20; // from three bits to the top of 23
    private static final int NAN = 0x7F; // 0 in ggml
    private static final float BIAS = 0x1p119f; // from exponent bias 7 to 127, halved

    @Override
    public boolean hasScalePer16() {
        return true;
    }

    @Override
    public int zero() {
        return Mxfp4RowFormat.ZERO;
    }

    @Override
    public int largest() {
        return Mxfp4RowFormat.LARGEST;
    }

    @Override
    public void block(Rows rows) {
        Assembler code = rows.code();
        Vec scales = rows.words(0)[0];
        Vec t = ymm(15);
        Vec nothing = ymm(14);
        for (int i = 0; i < NVFP4.CODES_AT; i++) {
            code.op(VPSRLD, t, scales, Byte.SIZE * i);
            code.op(VPAND, t, t, rows.ints(0xFF));
            code.op(VPCMPEQD, nothing, t, rows.ints(NAN));
            code.op(VPAND, t, t, rows.ints(0x7F));
            code.op(VPSLLD, t, t, MANTISSA_SHIFT);
            code.op(VMULPS, t, t, rows.floats(BIAS));
            code.op(VPANDN, t, nothing, t);
            code.op(VMOVUPS_TO, Rows.table(i), t);
        }
    }

    @Override
    public Operand scale(Rows rows, int subBlock, int half) {
        return Rows.table(2 * subBlock + half);
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        Assembler code = rows.code();
        code.op(VBROADCASTI128, target, rows.at(row, NVFP4.CODES_AT + 16 * subBlock));
        code.op(VPERMQ, target, target, 0b01_01_00_00);
        code.op(VPSRLVQ, target, target, code.constant(shifts()));
        rows.mask(target, target, 15);
        Mxfp4RowFormat.NIBBLES.lookUp(rows, target);
    }

    /** Alternating 64-bit shifts of 0 and 4. */
    private static byte[] shifts() {
        byte[] bytes = new byte[32];
        bytes[8] = 4;
        bytes[24] = 4;
        return bytes;
    }
}
