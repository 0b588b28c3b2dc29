package dev.nibble.core.model.oracle;

import dev.nibble.LoadOptions;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The model under test, and the error of its logits. */
final class RunningModel implements AutoCloseable {
    private final LoadedModel model;

    RunningModel(Path path, String backend) throws IOException {
        this(path, backend, 1);
    }

    RunningModel(Path path, String backend, int threads) throws IOException {
        model = LoadedModel.open(path, new LoadOptions(Backends.forced(backend), threads));
    }

    LoadedModel loaded() {
        return model;
    }

    KvCache cache(Codec codec, int capacity) {
        return new KvCache(model.kvShape(), codec, capacity);
    }

    /** Logits of every row. */
    float[][] compute(Batch batch) {
        Matrix hidden = Matrix.of(batch.rows(), model.hidden());
        model.forward(batch, hidden);
        Matrix logits = Matrix.of(batch.rows(), model.vocabulary());
        model.logits(hidden, logits);
        float[][] rows = new float[batch.rows()][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = Arrays.copyOfRange(logits.data(), logits.at(row), logits.at(row) + logits.columns());
        }
        return rows;
    }

    /** Logits of {@code tokens}, computed {@code chunk} at a time. */
    float[][] inChunks(KvCache cache, int[] tokens, int chunk) {
        List<float[]> rows = new ArrayList<>();
        for (int from = 0; from < tokens.length; from += chunk) {
            int[] part = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + chunk));
            rows.addAll(List.of(compute(Batch.of(cache, part))));
        }
        return rows.toArray(float[][]::new);
    }

    /** The largest difference, as a fraction of the largest logit of its row. */
    static double error(double[][] expected, float[][] found) {
        if (expected.length != found.length || expected[0].length != found[0].length) {
            throw new IllegalArgumentException("logits of another shape");
        }
        double largest = 0;
        for (int row = 0; row < expected.length; row++) {
            double scale = Arrays.stream(expected[row]).map(Math::abs).max().orElseThrow();
            for (int i = 0; i < expected[row].length; i++) {
                double error = Math.abs(expected[row][i] - found[row][i]) / scale;
                largest = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(largest, error);
            }
        }
        return largest;
    }

    static double[][] doubles(float[][] rows) {
        double[][] result = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            float[] row = rows[i];
            result[i] = new double[row.length];
            Arrays.setAll(result[i], j -> row[j]);
        }
        return result;
    }

    @Override
    public void close() {
        model.close();
    }
}
