package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.IQ4_XS;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;
import java.util.Optional;

/** IQ4_XS: eight sub-blocks with scales of 6 bits around 32 and 4-bit codes for levels. @param levels levels + 128 */
record LevelSuperBlock(Codec codec, List<Integer> levels) implements SuperBlock {

    @Override
    public int zero() {
        return 128;
    }

    @Override
    public void block(Rows rows) {
        Assembler code = rows.code();
        Vec factor = ymm(10);
        rows.halfFloats(factor, 0);
        Vec[] words = rows.words(0); // F16 and the upper bits, then the lower bits
        for (int subBlock = 0; subBlock < subBlocks(); subBlock++) {
            Vec low = ymm(6);
            Vec high = ymm(7);
            code.op(VPSRLD, low, words[1], 4 * subBlock);
            code.op(VPAND, low, low, rows.ints(15));
            code.op(VPSRLD, high, words[0], 16 + 2 * subBlock);
            code.op(VPAND, high, high, rows.ints(3));
            code.op(VPSLLD, high, high, 4);
            code.op(VPOR, low, low, high);
            SuperBlock.store(rows, low, 32, factor, subBlock);
        }
    }

    @Override
    public void pair(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target);
    }

    @Override
    public Optional<NibbleCodes> nibbles(int subBlock) {
        return Optional.of(inNibbles(subBlock).signed());
    }

    private NibbleCodes inNibbles(int subBlock) {
        return new NibbleCodes(IQ4_XS.CODES_AT + 16 * subBlock, levels);
    }

    @Override
    public List<byte[]> constants() {
        return inNibbles(0).signed().constants();
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        inNibbles(subBlock).codes(rows, row, target);
    }
}
