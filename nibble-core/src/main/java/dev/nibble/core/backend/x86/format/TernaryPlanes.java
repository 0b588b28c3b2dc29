package dev.nibble.core.backend.x86.format;

import dev.nibble.core.codec.ScaleOnlyCodec;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/** TQ2_0: −1, 0 and 1 in two bits, stored in planes. */
record TernaryPlanes(ScaleOnlyCodec codec) implements OneScale {
    @Override
    public int largest() {
        return 3;
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
        TwoBitK.planes(rows, row, 0, subBlock, target);
    }
}
