package dev.nibble.core.backend.vector;

import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The product with one weight: a panel of rows is decoded, {@value Scratch#COLUMNS} columns at a time, and multiplied with all tokens, in
 * tiles. What a row and a token give does not depend on the others.
 */
final class VectorMatMul implements MatMul {
    private static final int FEW = 3;

    private final Tensor weight;
    private final Supplier<Decoder> decoder;
    private final Supplier<Tiles> few;
    private final Supplier<Tiles> many;
    private final ThreadLocal<Scratch> scratch;

    /**
     * @param few  tiles for fewer than three tokens
     * @param many tiles for any number of them
     */
    VectorMatMul(Tensor weight, Supplier<Decoder> decoder, Supplier<Tiles> few, Supplier<Tiles> many,
            ThreadLocal<Scratch> scratch) {
        this.weight = weight;
        this.decoder = decoder;
        this.few = few;
        this.many = many;
        this.scratch = scratch;
    }

    @Override
    public int grain() {
        return Scratch.ROWS;
    }

    @Override
    public void multiply(Matrix x, Matrix y, int from, int to) {
        Scratch room = scratch.get();
        for (int token = 0; token < x.rows(); token += Scratch.TOKENS) {
            int tokens = Math.min(Scratch.TOKENS, x.rows() - token);
            int panelRows = tokens < Tiles.ROWS ? Tiles.ROWS : Scratch.ROWS;
            for (int row = from; row < to; row += panelRows) {
                int rows = Math.min(panelRows, to - row);
                float[] strands = room.strands(panelRows * tokens);
                Arrays.fill(strands, 0, panelRows * tokens * Strands.COUNT, 0);
                multiply(x, token, tokens, row, rows, panelRows, room.panel(), strands);
                Strands.sum(strands, panelRows, rows, y, token, tokens, row);
            }
        }
    }

    private void multiply(Matrix x, int token, int tokens, int row, int rows, int panelRows, float[] panel, float[] strands) {
        for (int column = 0; column < x.columns(); column += Scratch.COLUMNS) {
            int count = Math.min(Scratch.COLUMNS, x.columns() - column);
            decode(row, rows, column, count, panel);
            int whole = count - count % Strands.COUNT;
            multiply(x, token, tokens, column, whole, rows, panelRows, panel, strands);
            if (whole < count) {
                addTails(x, token, tokens, column + whole, rows, panelRows, panel, strands);
            }
        }
    }

    /** The tokens of a tile stay in the fastest cache while all rows of the panel pass. */
    private void multiply(Matrix x, int token, int tokens, int column, int whole, int rows, int panelRows, float[] panel,
            float[] strands) {
        Tiles tiles = tokens < FEW ? few.get() : many.get();
        for (int t = 0; t < tokens; t += Tiles.TOKENS) {
            int inTile = Math.min(Tiles.TOKENS, tokens - t);
            for (int row = 0; row < rows; row += Tiles.ROWS) {
                tiles.multiply(panel, row * Scratch.COLUMNS, Scratch.COLUMNS, x.data(), x.at(token + t) + column, x.columns(), inTile,
                        whole,
                        strands, Strands.at(t, row, panelRows), panelRows * Strands.COUNT);
            }
        }
    }

    private void decode(int row, int rows, int column, int count, float[] panel) {
        Decoder current = decoder.get();
        long offset = weight.codec().bytes(column);
        for (int i = 0; i < rows; i++) {
            current.decode(weight.data(), (row + i) * weight.rowBytes() + offset, panel, i * Scratch.COLUMNS, count);
        }
    }

    private static void addTails(Matrix x, int token, int tokens, int column, int rows, int panelRows, float[] panel, float[] strands) {
        for (int t = 0; t < tokens; t++) {
            for (int row = 0; row < rows; row++) {
                Strands.addTail(panel, row * Scratch.COLUMNS + column % Scratch.COLUMNS, x.data(), x.at(token + t) + column, x.columns()
                        - column, strands, Strands.at(t, row, panelRows));
            }
        }
    }
}
