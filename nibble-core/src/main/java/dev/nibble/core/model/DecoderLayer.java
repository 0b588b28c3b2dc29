package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Scratch;
import java.util.Optional;

/** One layer of a decoder: attention and a feed-forward part, each with a residual connection. */
public sealed interface DecoderLayer {
    /**
     * @param state rows × hidden, changed in place
     * @param layer number of the layer
     */
    void apply(Matrix state, Batch batch, int layer, Trace trace);

    Attention attention();

    /**
     * Attention, then the feed-forward part, each after a norm; some families normalise the output of a part, too.
     *
     * @param attentionAfter   norm of attention's output
     * @param feedForwardAfter norm of the feed-forward part's output
     */
    record Sequential(Norm attentionNorm, Attention attention, Optional<Norm> attentionAfter, Norm feedForwardNorm, FeedForward feedForward,
            Optional<Norm> feedForwardAfter) implements DecoderLayer {
        public Sequential(Norm attentionNorm, Attention attention, Norm feedForwardNorm, FeedForward feedForward) {
            this(attentionNorm, attention, Optional.empty(), feedForwardNorm, feedForward, Optional.empty());
        }

        @Override
        public void apply(Matrix state, Batch batch, int layer, Trace trace) {
            Scratch scratch = attention.workers().scratch();
            Matrix input = scratch.acquire(state.rows(), state.columns());
            Matrix output = scratch.acquire(state.rows(), state.columns());
            attentionNorm.apply(state, input, attention.workers());
            trace.onActivation(layer, "attn_norm", input);
            attention.apply(input, batch, layer, output);
            attentionAfter.ifPresent(norm -> norm.apply(output, output, attention.workers()));
            trace.onActivation(layer, "attn_out", output);
            add(state, output, attention);
            feedForwardNorm.apply(state, input, attention.workers());
            trace.onActivation(layer, "ffn_norm", input);
            feedForward.apply(input, output);
            feedForwardAfter.ifPresent(norm -> norm.apply(output, output, attention.workers()));
            trace.onActivation(layer, "ffn_out", output);
            add(state, output, attention);
            trace.onActivation(layer, "l_out", state);
            scratch.release(input, output);
        }
    }

    /**
     * Both parts in parallel, on the same state.
     *
     * @param feedForwardNorm norm of the feed-forward part; empty where it shares attention's
     */
    record Parallel(Norm attentionNorm, Attention attention, Optional<Norm> feedForwardNorm, FeedForward feedForward)
            implements
                DecoderLayer {
        @Override
        public void apply(Matrix state, Batch batch, int layer, Trace trace) {
            Scratch scratch = attention.workers().scratch();
            Matrix input = scratch.acquire(state.rows(), state.columns());
            Matrix attended = scratch.acquire(state.rows(), state.columns());
            attentionNorm.apply(state, input, attention.workers());
            trace.onActivation(layer, "attn_norm", input);
            attention.apply(input, batch, layer, attended);
            trace.onActivation(layer, "attn_out", attended);
            feedForwardNorm.ifPresent(norm -> norm.apply(state, input, attention.workers()));
            Matrix output = scratch.acquire(state.rows(), state.columns());
            feedForward.apply(input, output);
            trace.onActivation(layer, "ffn_out", output);
            add(state, attended, attention);
            add(state, output, attention);
            trace.onActivation(layer, "l_out", state);
            scratch.release(input, attended, output);
        }
    }

    private static void add(Matrix state, Matrix addend, Attention attention) {
        attention.workers().run(state.rows(), 1, (first, end) -> attention.ops().add(state.data(), state.at(first), addend.data(),
                addend.at(first), (end - first) * state.columns()));
    }
}
