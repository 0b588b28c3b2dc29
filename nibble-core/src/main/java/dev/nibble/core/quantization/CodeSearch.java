package dev.nibble.core.quantization;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.kernel.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Searches the codes of a row, one group of eight columns at a time with the others fixed. With u the residual of the group, G its block of
 * H and g the weighted errors of the other groups, seeks codes whose sum v minimizes {@code (u − s·v) · G · (u − s·v)ᵀ + 2 · (u − s·v) ·
 * g}, by beam over the codebooks; the old codes stay if none are better. Not thread-safe.
 */
final class CodeSearch {
    private static final int DIMENSION = AdditiveCodes.DIMENSION;

    /**
     * Tables shared by all rows.
     *
     * @param squares {@code v · G · vᵀ} for every group and vector
     */
    record Tables(float[] vectors, AdditiveCodes shape, List<VectorScores> scores, float[][] squares) {}

    /** A partial sum. @param rest residual of u. @param codes of the books so far */
    private record Partial(double loss, float[] rest, int[] codes) {}

    private final Tables tables;
    private final List<VectorScores> scores;
    private final float[] hessian;
    private final int columns;
    private final int beam;
    private final int size;

    CodeSearch(Tables tables, float[] hessian, int columns, int beam) {
        this.tables = tables;
        this.scores = tables.scores.stream().map(VectorScores::copy).toList();
        this.hessian = hessian;
        this.columns = columns;
        this.beam = beam;
        this.size = 1 << tables.shape.bits();
    }

    static Tables tables(float[] vectors, AdditiveCodes shape, float[] hessian, int columns, Workers workers) {
        int size = 1 << shape.bits();
        List<VectorScores> scores = new ArrayList<>();
        for (int book = 0; book < shape.books(); book++) {
            scores.add(new VectorScores(vectors, book, size));
        }
        float[][] squares = new float[columns / DIMENSION][size * shape.books()];
        workers.run(squares.length, 1, (from, to) -> {
            for (int group = from; group < to; group++) {
                for (int v = 0; v < squares[group].length; v++) {
                    squares[group][v] = square(vectors, v * DIMENSION, hessian, columns, group * DIMENSION);
                }
            }
        });
        return new Tables(vectors, shape, scores, squares);
    }

    private static float square(float[] vector, int from, float[] hessian, int columns, int column) {
        float sum = 0;
        for (int i = 0; i < DIMENSION; i++) {
            float part = 0;
            for (int j = 0; j < DIMENSION; j++) {
                part += hessian[(column + i) * columns + column + j] * vector[from + j];
            }
            sum += part * vector[from + i];
        }
        return sum;
    }

    /**
     * @param error of the row, updated with its codes
     * @param codes of the row, which may change
     */
    void row(float[] error, int[] codes, float scale) {
        float[] weighed = new float[columns]; // error · H
        for (int i = 0; i < columns; i++) {
            add(weighed, error[i], i);
        }
        for (int group = 0; group < columns / DIMENSION; group++) {
            float[] before = new float[DIMENSION];
            System.arraycopy(error, group * DIMENSION, before, 0, DIMENSION);
            group(group, error, weighed, codes, scale);
            for (int d = 0; d < DIMENSION; d++) {
                float change = error[group * DIMENSION + d] - before[d];
                if (change != 0) {
                    add(weighed, change, group * DIMENSION + d);
                }
            }
        }
    }

    private void add(float[] weighed, float factor, int row) {
        int at = row * columns;
        for (int j = 0; j < columns; j++) {
            weighed[j] += factor * hessian[at + j];
        }
    }

    private void group(int group, float[] error, float[] weighed, int[] codes, float scale) {
        int column = group * DIMENSION;
        int books = tables.shape.books();
        float[] old = new float[DIMENSION];
        float[] others = new float[DIMENSION];
        float[] own = new float[DIMENSION];
        System.arraycopy(error, column, old, 0, DIMENSION);
        System.arraycopy(error, column, own, 0, DIMENSION);
        float[] inGroup = inGroup(old, column);
        for (int d = 0; d < DIMENSION; d++) {
            others[d] = weighed[column + d] - inGroup[d];
        }
        for (int book = 0; book < books; book++) {
            int vector = (book * size + codes[group * books + book]) * DIMENSION;
            for (int d = 0; d < DIMENSION; d++) {
                own[d] += scale * tables.vectors[vector + d];
            }
        }
        Partial found = search(group, new Partial(0, own, new int[0]), others, scale);
        if (loss(found.rest, others, column) < loss(old, others, column)) {
            System.arraycopy(found.rest, 0, error, column, DIMENSION);
            System.arraycopy(found.codes, 0, codes, group * books, books);
        }
    }

    private Partial search(int group, Partial start, float[] others, float scale) {
        List<Partial> kept = List.of(start);
        for (int book = 0; book < scores.size(); book++) {
            int width = book == scores.size() - 1 ? 1 : beam;
            List<Partial> next = new ArrayList<>();
            for (Partial partial : kept) {
                extend(partial, group, book, others, scale, width, next);
            }
            next.sort(Comparator.comparingDouble(Partial::loss));
            kept = next.subList(0, Math.min(width, next.size()));
        }
        return kept.getFirst();
    }

    private void extend(Partial partial, int group, int book, float[] others, float scale, int width, List<Partial> next) {
        float[] pull = inGroup(partial.rest, group * DIMENSION);
        for (int d = 0; d < DIMENSION; d++) {
            pull[d] += others[d];
        }
        float[] losses = scores.get(book).scores(scale * scale, tables.squares[group], book * size, 2 * scale, pull, 0);
        for (int code : VectorScores.least(losses, width)) {
            float[] rest = partial.rest.clone();
            for (int d = 0; d < DIMENSION; d++) {
                rest[d] -= scale * tables.vectors[(book * size + code) * DIMENSION + d];
            }
            int[] codes = Arrays.copyOf(partial.codes, book + 1);
            codes[book] = code;
            next.add(new Partial(partial.loss + losses[code], rest, codes));
        }
    }

    /** Eight values times the group's block of H. */
    private float[] inGroup(float[] numbers, int column) {
        float[] product = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            for (int j = 0; j < DIMENSION; j++) {
                product[j] += numbers[i] * hessian[(column + i) * columns + column + j];
            }
        }
        return product;
    }

    private double loss(float[] rest, float[] others, int column) {
        float[] product = inGroup(rest, column);
        double sum = 0;
        for (int d = 0; d < DIMENSION; d++) {
            sum += (double) rest[d] * (product[d] + 2 * others[d]);
        }
        return sum;
    }
}
