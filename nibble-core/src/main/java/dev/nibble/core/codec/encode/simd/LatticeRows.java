package dev.nibble.core.codec.encode.simd;

import dev.nibble.core.codec.LatticeCodec;
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/** Rows in the types whose vectors are points of a grid: the codec's own fit with a vectorized search among neighbours. */
final class LatticeRows implements RowEncoder {
    private final LatticeCodec codec;
    private final LatticeCodec.Fitter fitter;

    LatticeRows(LatticeCodec codec) {
        this.codec = codec;
        this.fitter = codec.fitter(GridPointLanes::of);
    }

    @Override
    public void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset) {
        Importance row = importance.ofRow(numbers, from, count);
        long position = offset;
        for (int i = from; i < from + count; i += codec.blockSize()) {
            fitter.fit(numbers, i, row).write(target, position);
            position += codec.blockBytes();
        }
    }
}
