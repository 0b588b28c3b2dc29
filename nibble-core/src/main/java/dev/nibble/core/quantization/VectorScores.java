package dev.nibble.core.quantization;

import dev.nibble.core.codec.AdditiveCodes;
import java.util.Arrays;

/** The vectors of one codebook transposed, element by element, so that products with all of them vectorize. Not thread-safe. */
final class VectorScores {
    private static final int DIMENSION = AdditiveCodes.DIMENSION;

    private final float[] byPlace;
    private final float[] norms;
    private final float[] scores;

    VectorScores(float[] vectors, int book, int size) {
        this.byPlace = new float[size * DIMENSION];
        this.norms = new float[size];
        this.scores = new float[size];
        for (int v = 0; v < size; v++) {
            for (int d = 0; d < DIMENSION; d++) {
                float number = vectors[(book * size + v) * DIMENSION + d];
                byPlace[d * size + v] = number;
                norms[v] += number * number;
            }
        }
    }

    /** {@code quadratic · squares[v] − linear · (vector v · point)} for all vectors; valid until the next call. */
    float[] scores(float quadratic, float[] squares, int squaresFrom, float linear, float[] point, int from) {
        for (int v = 0; v < scores.length; v++) {
            scores[v] = quadratic * squares[squaresFrom + v];
        }
        for (int d = 0; d < DIMENSION; d++) {
            float factor = linear * point[from + d];
            int at = d * scores.length;
            for (int v = 0; v < scores.length; v++) {
                scores[v] -= factor * byPlace[at + v];
            }
        }
        return scores;
    }

    /** The vector nearest to a point, the first of ties. */
    int nearest(float[] points, int from) {
        float[] distances = scores(1, norms, 0, 2, points, from);
        int best = 0;
        for (int v = 1; v < distances.length; v++) {
            best = distances[v] < distances[best] ? v : best;
        }
        return best;
    }

    /** A copy for another thread. */
    VectorScores copy() {
        return new VectorScores(byPlace, norms);
    }

    private VectorScores(float[] byPlace, float[] norms) {
        this.byPlace = byPlace;
        this.norms = norms;
        this.scores = new float[norms.length];
    }

    /** The indices of the {@code count} least scores, ascending; fewer if there are fewer. */
    static int[] least(float[] scores, int count) {
        int[] best = new int[Math.min(count, scores.length)];
        int found = 0;
        for (int v = 0; v < scores.length; v++) {
            if (found == best.length && !(scores[v] < scores[best[found - 1]])) {
                continue;
            }
            int place = found < best.length ? found++ : found - 1;
            while (place > 0 && scores[v] < scores[best[place - 1]]) {
                best[place] = best[place - 1];
                place--;
            }
            best[place] = v;
        }
        return Arrays.copyOf(best, found);
    }
}
