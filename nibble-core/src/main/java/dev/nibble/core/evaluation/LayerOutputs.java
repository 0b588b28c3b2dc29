package dev.nibble.core.evaluation;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Trace;
import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Outputs of a model's layers for the first tokens of a text, to compare another model's with. At most 512 tokens and 128 MiB; large models
 * get fewer tokens.
 */
public final class LayerOutputs {
    private static final int MAX_TOKENS = 512;
    private static final int MAX_VALUES = 1 << 25;

    private final int[] tokens;
    private final int hidden;
    private final List<float[]> layers;

    private LayerOutputs(int[] tokens, int hidden, List<float[]> layers) {
        this.tokens = tokens;
        this.hidden = hidden;
        this.layers = layers;
    }

    /** @param text tokens of a text; the first of them are used */
    public static LayerOutputs of(Model model, int[] text) {
        int limit = MAX_VALUES / Math.max(1, model.hidden() * model.kvShape().layers());
        int[] tokens = Arrays.copyOf(text, Math.clamp(limit, 1, Math.min(MAX_TOKENS, text.length)));
        List<float[]> layers = new ArrayList<>();
        run(model, tokens, (layer, part, values) -> {
            if (part.equals("l_out")) {
                layers.add(Arrays.copyOfRange(values.data(), values.from(), values.from() + values.rows() * values.columns()));
            }
        });
        return new LayerOutputs(tokens, model.hidden(), layers);
    }

    private static void run(Model model, int[] tokens, Trace trace) {
        try (KvCache cache = new KvCache(model.kvShape(), Plain.F32, tokens.length)) {
            model.forward(Batch.of(cache, tokens), Matrix.of(tokens.length, model.hidden()), trace);
        }
    }

    /** Number of compared tokens. */
    public int tokens() {
        return tokens.length;
    }

    /** The relative error of each layer's output: {@code √(Σ (other − this)² / Σ this²)} over all tokens. */
    public List<Double> errorsOf(Model other) {
        if (other.hidden() != hidden || other.kvShape().layers() != layers.size()) {
            throw new UnsupportedException(
                    "the base has " + layers.size() + " layers of " + hidden + ", the model " + other.kvShape().layers()
                            + " of " + other.hidden());
        }
        List<Double> errors = new ArrayList<>();
        run(other, tokens, (layer, part, values) -> {
            if (part.equals("l_out")) {
                errors.add(error(layers.get(layer), values));
            }
        });
        return errors;
    }

    private static double error(float[] expected, Matrix found) {
        double squares = 0;
        double differences = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) found.data()[found.from() + i] - expected[i];
            differences += difference * difference;
            squares += (double) expected[i] * expected[i];
        }
        return squares == 0 ? Math.sqrt(differences) : Math.sqrt(differences / squares);
    }
}
