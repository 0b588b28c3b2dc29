package dev.nibble.core.backend.vector;

import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The product with one weight: decodes a panel of rows, {@value DecodedRows#COLUMNS} columns at a time, and multiplies it with all tokens
 * in tiles. Each result is independent of other rows and tokens.
 */
final class VectorMatMul implements MatMul {
    private final Tensor weight;
    private final Supplier<RowDecoder> decoder;
    private final Supplier<RowQuad> rows;
    private final Supplier<Tiles> tiles;
    private final ThreadLocal<DecodedRows> scratch;

    /**
     * @param rows kernel for one token
     * @param tiles kernel for several tokens
     */
    VectorMatMul(Tensor weight, Supplier<RowDecoder> decoder, Supplier<RowQuad> rows, Supplier<Tiles> tiles,
            ThreadLocal<DecodedRows> scratch) {
        this.weight = weight;
        this.decoder = decoder;
        this.rows = rows;
        this.tiles = tiles;
        this.scratch = scratch;
    }

    @Override
    public int grain() {
        return DecodedRows.ROWS;
    }

    @Override
    public void multiply(Matrix x, Matrix y, int from, int to) {
        int rowsPerStream = (to - from) / RowQuad.COUNT;
        if (x.rows() == 1 && rowsPerStream > 0) {
            multiplyOne(x, y, from, rowsPerStream);
            multiplyMany(x, y, from + rowsPerStream * RowQuad.COUNT, to);
        } else {
            multiplyMany(x, y, from, to);
        }
    }

    /** Multiplies row i of each quarter of the rows with one token. */
    private void multiplyOne(Matrix x, Matrix y, int from, int rowsPerStream) {
        float[] laneSums = scratch.get().laneSums(RowQuad.COUNT);
        RowQuad current = rows.get();
        int to = y.at(0) + from;
        long stride = rowsPerStream * weight.rowBytes();
        for (int i = 0; i < rowsPerStream; i++) {
            current.multiply(weight.data(), (from + i) * weight.rowBytes(), stride, x.columns(), x.data(), x.at(0), laneSums);
            for (int quarter = 0; quarter < RowQuad.COUNT; quarter++) {
                y.data()[to + i + quarter * rowsPerStream] = LaneSum.sum(laneSums, quarter * LaneSum.COUNT);
            }
        }
    }

    private void multiplyMany(Matrix x, Matrix y, int from, int to) {
        DecodedRows buffers = scratch.get();
        for (int token = 0; token < x.rows(); token += DecodedRows.TOKENS) {
            int tokens = Math.min(DecodedRows.TOKENS, x.rows() - token);
            int panelRows = tokens < Tiles.ROWS ? Tiles.ROWS : DecodedRows.ROWS;
            for (int row = from; row < to; row += panelRows) {
                int rows = Math.min(panelRows, to - row);
                float[] laneSums = buffers.laneSums(panelRows * tokens);
                Arrays.fill(laneSums, 0, panelRows * tokens * LaneSum.COUNT, 0);
                multiply(x, token, tokens, row, rows, panelRows, buffers.panel(), laneSums);
                LaneSum.sum(laneSums, panelRows, rows, y, token, tokens, row);
            }
        }
    }

    private void multiply(Matrix x, int token, int tokens, int row, int rows, int panelRows, float[] panel, float[] laneSums) {
        for (int column = 0; column < x.columns(); column += DecodedRows.COLUMNS) {
            int count = Math.min(DecodedRows.COLUMNS, x.columns() - column);
            decode(row, rows, column, count, panel);
            int whole = count - count % LaneSum.COUNT;
            multiply(x, token, tokens, column, whole, rows, panelRows, panel, laneSums);
            if (whole < count) {
                addTails(x, token, tokens, column + whole, rows, panelRows, panel, laneSums);
            }
        }
    }

    /** Multiplies a panel; the tokens of a tile stay in the first-level cache for all its rows. */
    private void multiply(Matrix x, int token, int tokens, int column, int whole, int rows, int panelRows, float[] panel,
            float[] laneSums) {
        Tiles current = tiles.get();
        for (int t = 0; t < tokens; t += Tiles.TOKENS) {
            int inTile = Math.min(Tiles.TOKENS, tokens - t);
            for (int row = 0; row < rows; row += Tiles.ROWS) {
                current.multiply(panel, row * DecodedRows.COLUMNS, DecodedRows.COLUMNS, x.data(), x.at(token + t) + column, x.columns(),
                        inTile,
                        whole,
                        laneSums, LaneSum.at(t, row, panelRows), panelRows * LaneSum.COUNT);
            }
        }
    }

    private void decode(int row, int rows, int column, int count, float[] panel) {
        RowDecoder current = decoder.get();
        long offset = weight.codec().bytes(column);
        for (int i = 0; i < rows; i++) {
            current.decode(weight.data(), (row + i) * weight.rowBytes() + offset, panel, i * DecodedRows.COLUMNS, count);
        }
    }

    private static void addTails(Matrix x, int token, int tokens, int column, int rows, int panelRows, float[] panel, float[] laneSums) {
        for (int t = 0; t < tokens; t++) {
            for (int row = 0; row < rows; row++) {
                LaneSum.addTail(panel, row * DecodedRows.COLUMNS + column % DecodedRows.COLUMNS, x.data(), x.at(token + t) + column,
                        x.columns()
                                - column,
                        laneSums, LaneSum.at(t, row, panelRows));
            }
        }
    }
}
