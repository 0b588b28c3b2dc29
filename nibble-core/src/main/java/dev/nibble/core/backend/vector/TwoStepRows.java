package dev.nibble.core.backend.vector;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Supplier;

/** Rows of any codec: decodes a segment of the four rows, then multiplies it. */
final class TwoStepRows implements RowQuad {
    private final Codec codec;
    private final Supplier<RowDecoder> decoder;
    private final Supplier<Tiles> tiles;
    private final ThreadLocal<DecodedRows> scratch;

    TwoStepRows(Codec codec, Supplier<RowDecoder> decoder, Supplier<Tiles> tiles, ThreadLocal<DecodedRows> scratch) {
        this.codec = codec;
        this.decoder = decoder;
        this.tiles = tiles;
        this.scratch = scratch;
    }

    @Override
    public void multiply(MemorySegment weight, long from, long stride, int columns, float[] x, int xFrom, float[] sums) {
        float[] panel = scratch.get().panel();
        RowDecoder decode = decoder.get();
        Arrays.fill(sums, 0, COUNT * LaneSum.COUNT, 0);
        for (int column = 0; column < columns; column += DecodedRows.COLUMNS) {
            int count = Math.min(DecodedRows.COLUMNS, columns - column);
            int whole = count - count % LaneSum.COUNT;
            for (int row = 0; row < COUNT; row++) {
                decode.decode(weight, from + row * stride + codec.bytes(column), panel, row * DecodedRows.COLUMNS, count);
            }
            tiles.get().multiply(panel, 0, DecodedRows.COLUMNS, x, xFrom + column, 0, 1, whole, sums, 0, 0);
            for (int row = 0; row < COUNT; row++) {
                LaneSum.addTail(panel, row * DecodedRows.COLUMNS + whole, x, xFrom + column + whole, count - whole, sums, row
                        * LaneSum.COUNT);
            }
        }
    }
}
