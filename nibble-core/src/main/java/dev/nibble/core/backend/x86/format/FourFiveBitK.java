package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLW;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLW;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.Q4_K;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/** Q4_K and Q5_K: eight sub-blocks with scales and minimums of 6 bits. @param fifth offset of the fifth bits, or −1 */
record FourFiveBitK(Codec codec, int fifth) implements SuperBlock {

    @Override
    public boolean minimums() {
        return true;
    }

    @Override
    public int largest() {
        return fifth < 0 ? 15 : 31;
    }

    @Override
    public void block(Rows rows) {
        Assembler code = rows.code();
        Vec factor = ymm(10);
        Vec negative = ymm(11);
        rows.halfFloats(factor, Q4_K.SCALE_AT);
        rows.halfFloats(negative, Q4_K.SCALE_AT + Short.BYTES);
        code.op(VPXOR, negative, negative, rows.ints(0x8000_0000));
        Vec[] words = rows.words(0);
        Vec low = words[Q4_K.GROUP_SCALES_AT / 4];
        Vec minimums = words[2];
        Vec high = words[3];
        Vec[] t = {ymm(14), ymm(15)};
        SuperBlock.tables(rows, masked(rows, low, 0, 63, ymm(6)), 6, 0, factor, 0, t);
        SuperBlock.tables(rows, masked(rows, minimums, 0, 63, ymm(6)), 6, 0, negative, tables(), t);
        upper(rows, masked(rows, high, 0, 15, ymm(6)), low);
        SuperBlock.tables(rows, ymm(6), 6, 0, factor, 4, t);
        upper(rows, masked(rows, high, 4, 15, ymm(6)), minimums);
        SuperBlock.tables(rows, ymm(6), 6, 0, negative, tables() + 4, t);
    }

    private static Vec masked(Rows rows, Vec source, int shift, int mask, Vec target) {
        if (shift > 0) {
            rows.code().op(VPSRLD, target, source, shift);
        }
        rows.mask(target, shift > 0 ? target : source, mask);
        return target;
    }

    /** Adds two bits above the lower four. */
    private static void upper(Rows rows, Vec target, Vec source) {
        Vec bits = ymm(7);
        rows.code().op(VPSRLD, bits, source, 2);
        rows.mask(bits, bits, 0x30);
        rows.code().op(VPOR, target, target, bits);
    }

    @Override
    public void pair(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target);
    }

    @Override
    public List<byte[]> constants() {
        return List.of(Rows.repeated(15), Rows.repeated(1 << 4));
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        Assembler code = rows.code();
        int codes = codec.blockBytes() - 128;
        if (subBlock % 2 == 0) {
            rows.load(target, row, codes + 16 * subBlock);
        } else {
            rows.load(target, row, codes + 16 * (subBlock - 1));
            code.op(VPSRLW, target, target, 4);
        }
        rows.mask(target, target, 15);
        if (fifth >= 0) {
            Vec bits = Rows.temporary(0, target);
            bit(rows, row, fifth, subBlock, 4, bits);
            code.op(VPOR, target, target, bits);
        }
    }

    /** Loads bit {@code bit} of each of 32 bytes to bit {@code place}. */
    static void bit(Rows rows, int row, int offset, int bit, int place, Vec target) {
        Assembler code = rows.code();
        if (bit == place) {
            rows.load(target, row, offset);
            rows.mask(target, target, 1 << place);
            return;
        }
        rows.load(target, row, offset);
        if (bit < place) {
            code.op(VPSLLW, target, target, place - bit);
        } else {
            code.op(VPSRLW, target, target, bit - place);
        }
        rows.mask(target, target, 1 << place);
    }
}
