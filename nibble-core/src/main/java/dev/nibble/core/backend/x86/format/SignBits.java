package dev.nibble.core.backend.x86.format;

import dev.nibble.core.codec.Q1_0;
import dev.nibble.core.codec.ScaleOnlyCodec;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/** Q1_0: sign bits. A code is 2 or 0. */
record SignBits(ScaleOnlyCodec codec) implements OneScale {
    @Override
    public int largest() {
        return 2;
    }

    @Override
    public List<byte[]> constants() {
        return Lattice.signConstants();
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        Lattice.signBits(rows, rows.at(row, Q1_0.CODES_AT + 4 * subBlock), target);
        rows.mask(target, target, 2);
    }
}
