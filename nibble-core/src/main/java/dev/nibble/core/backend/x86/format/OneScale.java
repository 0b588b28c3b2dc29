package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.ScaleOnlyCodec;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;

/** Blocks of several sub-blocks with a single F16 scale. */
interface OneScale extends RowFormat {
    @Override
    ScaleOnlyCodec codec();

    @Override
    default int zero() {
        return -codec().smallest();
    }

    @Override
    default void block(Rows rows) {
        Vec scale = ymm(10);
        rows.halfFloats(scale, codec().scaleAt());
        rows.code().op(VMOVUPS_TO, Rows.table(0), scale);
    }

    @Override
    default Operand scale(Rows rows, int subBlock, int half) {
        return Rows.table(0);
    }
}
