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

/** IQ4_XS: eight runs with scales of 6 bits around 32, codes of 4 bits that stand for levels. @param levels with 128 added */
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
        for (int run = 0; run < runs(); run++) {
            Vec low = ymm(6);
            Vec high = ymm(7);
            code.op(VPSRLD, low, words[1], 4 * run);
            code.op(VPAND, low, low, rows.ints(15));
            code.op(VPSRLD, high, words[0], 16 + 2 * run);
            code.op(VPAND, high, high, rows.ints(3));
            code.op(VPSLLD, high, high, 4);
            code.op(VPOR, low, low, high);
            SuperBlock.store(rows, low, 32, factor, run);
        }
    }

    @Override
    public void pair(Rows rows, int row, int run, Vec target) {
        codes(rows, row, run, target);
    }

    @Override
    public Optional<NibbleCodes> nibbles(int run) {
        return Optional.of(inNibbles(run).signed());
    }

    private NibbleCodes inNibbles(int run) {
        return new NibbleCodes(IQ4_XS.CODES_AT + 16 * run, levels);
    }

    @Override
    public List<byte[]> constants() {
        return inNibbles(0).signed().constants();
    }

    @Override
    public void codes(Rows rows, int row, int run, Vec target) {
        inNibbles(run).codes(rows, row, target);
    }
}
