package dev.nibble.core.backend.vector;

import dev.nibble.core.kernel.Ops;
import dev.nibble.core.tensor.Codec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.Consumer;

/** Representative inputs for JIT warm-up. */
final class WarmUpInputs {
    private static final int COLUMNS = DecodedRows.COLUMNS;
    private static final int HEAD = 64;
    private static final int POSITIONS = 32;

    private WarmUpInputs() {}

    /** Decodes a segment of a row of random bytes. */
    static Consumer<RowDecoder> decoding(Codec codec) {
        MemorySegment source = bytes(Math.toIntExact(codec.bytes(COLUMNS)));
        float[] target = new float[COLUMNS];
        return decoder -> decoder.decode(source, 0, target, 0, COLUMNS);
    }

    /** Multiplies four rows of random bytes. */
    static Consumer<RowQuad> rows(Codec codec) {
        long row = codec.bytes(COLUMNS);
        MemorySegment source = bytes(Math.toIntExact(4 * row));
        float[] x = new float[COLUMNS];
        float[] sums = new float[RowQuad.COUNT * LaneSum.COUNT];
        return rows -> rows.multiply(source, 0, row, COLUMNS, x, 0, sums);
    }

    private static MemorySegment bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(1).nextBytes(bytes);
        return Arena.ofAuto().allocate(count, Long.BYTES).copyFrom(MemorySegment.ofArray(bytes)); // outside the heap, as in a file
    }

    /** Tiles with this many tokens. */
    static Consumer<Tiles> tiles(int tokens) {
        float[] panel = new float[Tiles.ROWS * COLUMNS];
        float[] x = new float[tokens * COLUMNS];
        float[] sums = new float[Tiles.ROWS * tokens * LaneSum.COUNT];
        return tiles -> tiles.multiply(panel, 0, COLUMNS, x, 0, COLUMNS, tokens, COLUMNS, sums, 0, Tiles.ROWS * LaneSum.COUNT);
    }

    static Consumer<Ops> scores() {
        float[] rows = new float[POSITIONS * HEAD];
        float[] query = new float[HEAD];
        float[] scores = new float[POSITIONS];
        return ops -> ops.scores(query, 0, rows, POSITIONS, HEAD, 1, scores, 0);
    }

    static Consumer<Ops> accumulate() {
        float[] rows = new float[POSITIONS * HEAD];
        float[] weights = new float[POSITIONS];
        float[] target = new float[HEAD];
        return ops -> ops.accumulate(weights, 0, rows, POSITIONS, HEAD, target, 0);
    }

    static Consumer<Ops> exp() {
        float[] x = new float[4 * HEAD + 1];
        return ops -> ops.exp(x, 0, x.length, 1);
    }
}
