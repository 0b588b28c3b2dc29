package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import java.util.List;
import java.util.Optional;

/**
 * Embedding, layers, norm, output layer: the form of nearly all families.
 *
 * @param tokens vocabulary × hidden
 * @param scale factor of the embeddings
 * @param positions learned table of positions; empty if attention encodes them
 * @param norm norm after the last layer
 * @param head hidden → vocabulary
 * @param softCap logits become {@code cap · tanh(logit / cap)}; 0 for no cap
 * @param context context length it was trained for
 */
public record Decoder(Embedding tokens, float scale, Optional<PositionTable> positions, List<DecoderLayer> layers, Norm norm, Linear head,
        double softCap, int context) implements Model {
    /**
     * Learned positions.
     *
     * @param offset row of position 0
     */
    public record PositionTable(Embedding table, int offset) {}

    public Decoder {
        layers = List.copyOf(layers);
    }

    /** The common form: no scaled embeddings, no capped logits. */
    public Decoder(Embedding tokens, List<DecoderLayer> layers, Norm norm, Linear head, int context) {
        this(tokens, 1, Optional.empty(), layers, norm, head, 0, context);
    }

    @Override
    public int hidden() {
        return tokens.width();
    }

    @Override
    public int vocabulary() {
        return head.outputs();
    }

    @Override
    public int maxPositions() {
        return positions.map(p -> p.table.rows() - p.offset).orElse(Integer.MAX_VALUE);
    }

    @Override
    public KvShape kvShape() {
        Attention.Geometry geometry = layers.getFirst().attention().geometry();
        return new KvShape(layers.size(), geometry.keyHeads(), geometry.headSize());
    }

    @Override
    public void forward(Batch batch, Matrix hidden, Trace trace) {
        if (hidden.rows() != batch.rows() || hidden.columns() != hidden()) {
            throw new IllegalArgumentException(
                    "state of " + hidden.rows() + "×" + hidden.columns() + " for " + batch.rows() + " tokens of " + hidden());
        }
        check(batch);
        embed(batch, hidden);
        trace.onActivation(0, "inp_embd", hidden);
        batch.runs().forEach(run -> run.cache().reserve(run.tokens().length));
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).apply(hidden, batch, i, trace);
        }
        finish(hidden);
        trace.onActivation(layers.size(), "output_norm", hidden);
        batch.runs().forEach(run -> run.cache().advance(run.tokens().length));
    }

    /** Computes the input of the first layer. @param state rows × hidden, overwritten */
    public void embed(Batch batch, Matrix state) {
        embed(batch.tokens(), batch.positions(), state);
    }

    /**
     * Computes a single layer. Its keys and values are written to the caches without advancing them.
     *
     * @param batch batch with caches of a single layer
     * @param state output of the layer before; changed in place
     */
    public void layer(int number, Batch batch, Matrix state) {
        batch.runs().forEach(run -> run.cache().reserve(run.tokens().length));
        layers.get(number).apply(state, batch, 0, Trace.NONE);
    }

    /** Computes the input of the output layer from the last layer's output. @param state changed in place */
    public void finish(Matrix state) {
        norm.apply(state, state, layers.getFirst().attention().workers());
    }

    /** Checks the batch before any change: it is computed as a whole or not at all. */
    private void check(Batch batch) {
        for (int id : batch.tokens()) {
            if (id < 0 || id >= tokens.rows()) {
                throw new IllegalArgumentException("token " + id + " is outside the vocabulary of " + tokens.rows());
            }
        }
        for (Batch.Run run : batch.runs()) {
            if (!run.cache().shape().equals(kvShape())) {
                throw new IllegalArgumentException("a cache of " + run.cache().shape() + " for a model of " + kvShape());
            }
            long end = (long) run.cache().length() + run.tokens().length;
            if (end > maxPositions()) {
                throw new IllegalArgumentException("position " + (end - 1) + ": the model has a table of " + maxPositions());
            }
        }
    }

    private void embed(int[] ids, int[] at, Matrix state) {
        float[] position = new float[hidden()];
        for (int row = 0; row < ids.length; row++) {
            int from = state.at(row);
            tokens.read(ids[row], state.data(), from);
            for (int i = 0; scale != 1 && i < hidden(); i++) {
                state.data()[from + i] *= scale;
            }
            if (positions.isPresent()) {
                positions.get().table.read(at[row] + positions.get().offset, position, 0);
                for (int i = 0; i < position.length; i++) {
                    state.data()[from + i] += position[i];
                }
            }
        }
    }

    @Override
    public void logits(Matrix hidden, Matrix logits) {
        head.apply(hidden, logits);
        if (softCap > 0) {
            for (int i = logits.from(); i < logits.from() + logits.rows() * logits.columns(); i++) {
                logits.data()[i] = (float) (softCap * Math.tanh(logits.data()[i] / softCap));
            }
        }
    }
}
