package dev.nibble.core.model.architecture;

import dev.nibble.core.model.Activation;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.Decoder;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Embedding;
import dev.nibble.core.model.FeedForward;
import dev.nibble.core.model.GatedMlp;
import dev.nibble.core.model.LayerNorm;
import dev.nibble.core.model.Linear;
import dev.nibble.core.model.MixtureOfExperts;
import dev.nibble.core.model.Mlp;
import dev.nibble.core.model.Norm;
import dev.nibble.core.model.RmsNorm;
import dev.nibble.core.model.RopeVariants;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/** Builds the layers that families have in common, from their names and keys in GGUF. */
final class Parts {
    private static final double MAX = 1e6;
    private static final int MAX_EXPERTS = 1024;

    private final GgufHyperparameters facts;
    private final Weights weights;
    private final Dimensions dimensions;

    Parts(GgufHyperparameters facts, Weights weights) {
        this.facts = facts;
        this.weights = weights;
        this.dimensions = dimensions(facts);
    }

    private static Dimensions dimensions(GgufHyperparameters facts) {
        int hidden = (int) facts.whole("embedding_length", 1, Config.MAX_WIDTH);
        int heads = (int) facts.whole("attention.head_count", 1, Config.MAX_WIDTH);
        int keyHeads = facts.optionalWhole("attention.head_count_kv", 1, heads).orElse((long) heads).intValue();
        int headSize = facts.optionalWhole("attention.key_length", 1, Config.MAX_WIDTH).orElse((long) hidden / heads).intValue();
        long valueSize = facts.optionalWhole("attention.value_length", 1, Config.MAX_WIDTH).orElse((long) headSize);
        if (valueSize != headSize) {
            throw new UnsupportedException(facts.file() + ": heads of " + headSize + " for keys and of " + valueSize
                    + " for values are not supported");
        }
        if (heads % keyHeads != 0) {
            throw new MalformedFileException("CONFIG_RANGE", facts.file(), -1, facts.prefix() + ".attention.head_count_kv",
                    keyHeads + " does not divide the " + heads + " heads");
        }
        return new Dimensions((int) facts.whole("block_count", 1, Config.MAX_LAYERS), hidden,
                (int) facts.whole("feed_forward_length", 1, Config.MAX_WIDTH * 4L), heads, keyHeads, headSize, (int) facts.vocabulary(),
                (int) facts.whole("context_length", 1, Config.MAX_CONTEXT));
    }

    Dimensions dimensions() {
        return dimensions;
    }

    Weights layer(int i) {
        return weights.under(TensorName.blockPrefix(i));
    }

    RmsNorm rmsNorm(Weights from, String name, int size) {
        return new RmsNorm(from.vector(name + ".weight", size), facts.real("attention.layer_norm_rms_epsilon", 0, 1), weights.ops());
    }

    RmsNorm rmsNorm(Weights from, String name) {
        return rmsNorm(from, name, dimensions.hidden());
    }

    LayerNorm layerNorm(Weights from, String name) {
        int size = dimensions.hidden();
        return new LayerNorm(from.vector(name + ".weight", size), from.optionalVector(name + ".bias", size).orElse(new float[size]),
                facts.real("attention.layer_norm_epsilon", 0, 1));
    }

    /** Full attention, scaled by 1/√headSize. */
    Attention.Geometry geometry() {
        return new Attention.Geometry(dimensions.heads(), dimensions.keyHeads(), dimensions.headSize());
    }

    /** The file's sliding windows, if any; in the family's default layers if the file names none. */
    SlidingWindows windows(IntPredicate defaultLocal) {
        return SlidingWindows.read(facts, dimensions.layers(), defaultLocal);
    }

    /** The file's sliding window, for all layers. */
    SlidingWindows windows() {
        return windows(any -> true);
    }

    /** A cap of scores or logits; 0 for none. */
    double cap(String key) {
        return facts.optionalReal(key, 0, MAX).orElse(0);
    }

    Attention attention(Weights layer, Attention.Geometry geometry, Optional<RopeVariants> positions) {
        return attention(layer, geometry, Attention.HeadNorms.NONE, positions);
    }

    Attention attention(Weights layer, Attention.Geometry geometry, Attention.HeadNorms norms, Optional<RopeVariants> positions) {
        return new Attention(geometry, projections(layer), norms, positions, weights.ops(), weights.workers());
    }

    /** Separate query, key and value layers or a fused {@code attn_qkv}, whichever the file has. */
    private Attention.Projections projections(Weights layer) {
        Dimensions d = dimensions;
        int q = d.queryWidth();
        int kv = d.kvWidth();
        Linear output = layer.linear("attn_output", d.hidden(), q);
        if (layer.has("attn_qkv.weight")) {
            int all = q + 2 * kv;
            return new Attention.Projections(layer.part("attn_qkv", all, d.hidden(), 0, q), layer.part("attn_qkv", all, d.hidden(), q, kv),
                    layer.part("attn_qkv", all, d.hidden(), q + kv, kv), output);
        }
        return new Attention.Projections(layer.linear("attn_q", q, d.hidden()), layer.linear("attn_k", kv, d.hidden()),
                layer.linear("attn_v", kv, d.hidden()), output);
    }

    Activation activation(String assumed) {
        String name = facts.text("activation_function").orElse(assumed);
        return Activation.named(name).orElseThrow(
                () -> new UnsupportedException(facts.file() + ": no activation " + MalformedFileException.printable(name) + "; there are "
                        + Activation.known()));
    }

    /** A gated MLP with separate gate and up or both fused in {@code ffn_up}, whichever the file has. */
    GatedMlp gatedMlp(Weights layer, String activation) {
        Dimensions d = dimensions;
        Linear down = layer.linear("ffn_down", d.hidden(), d.feedForward());
        Linear gate;
        Linear up;
        if (layer.has("ffn_gate.weight")) {
            gate = layer.linear("ffn_gate", d.feedForward(), d.hidden());
            up = layer.linear("ffn_up", d.feedForward(), d.hidden());
        } else {
            gate = layer.part("ffn_up", 2 * d.feedForward(), d.hidden(), 0, d.feedForward());
            up = layer.part("ffn_up", 2 * d.feedForward(), d.hidden(), d.feedForward(), d.feedForward());
        }
        return new GatedMlp(gate, up, down, activation(activation), weights.ops(), weights.workers());
    }

    Mlp mlp(Weights layer, String activation) {
        Dimensions d = dimensions;
        return new Mlp(layer.linear("ffn_up", d.feedForward(), d.hidden()), layer.linear("ffn_down", d.hidden(), d.feedForward()),
                activation(activation), weights.ops(), weights.workers());
    }

    /**
     * A mixture of gated experts.
     *
     * @param width width of an expert
     */
    MixtureOfExperts experts(Weights layer, int width, boolean normalised, Optional<MixtureOfExperts.SharedExpert> shared) {
        return experts(layer, width, normalised, shared, this::gated);
    }

    /** Builds an expert from its three layers. */
    interface Expert {
        FeedForward of(Linear gate, Linear up, Linear down);
    }

    MixtureOfExperts experts(Weights layer, int width, boolean normalised, Optional<MixtureOfExperts.SharedExpert> shared, Expert expert) {
        int count = (int) facts.whole("expert_count", 1, MAX_EXPERTS);
        int used = (int) facts.whole("expert_used_count", 1, count);
        int hidden = dimensions.hidden();
        List<Linear> gates = layer.experts("ffn_gate", count, width, hidden);
        List<Linear> ups = layer.experts("ffn_up", count, width, hidden);
        List<Linear> downs = layer.experts("ffn_down", count, hidden, width);
        List<FeedForward> experts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            experts.add(expert.of(gates.get(i), ups.get(i), downs.get(i)));
        }
        return new MixtureOfExperts(layer.linear("ffn_gate_inp", count, hidden), experts, used, normalised, shared);
    }

    GatedMlp gated(Linear gate, Linear up, Linear down) {
        return new GatedMlp(gate, up, down, activation("silu"), weights.ops(), weights.workers());
    }

    Embedding embedding() {
        return weights.embedding("token_embd", dimensions.vocabulary(), dimensions.hidden());
    }

    /** The output layer; the embedding if the file has none. */
    Linear head() {
        return weights.linear(weights.has(TensorName.OUTPUT) ? "output" : "token_embd", dimensions.vocabulary(), dimensions.hidden());
    }

    List<DecoderLayer> layers(IntFunction<DecoderLayer> layer) {
        List<DecoderLayer> layers = new ArrayList<>();
        for (int i = 0; i < dimensions.layers(); i++) {
            layers.add(layer.apply(i));
        }
        return layers;
    }

    /** The common decoder. */
    Decoder decoder(Norm norm, IntFunction<DecoderLayer> layer) {
        return new Decoder(embedding(), layers(layer), norm, head(), dimensions.context());
    }

    /** A decoder with learned positions; {@code offset} is the row of position 0. */
    Decoder positioned(Norm norm, int offset, IntFunction<DecoderLayer> layer) {
        Embedding table = weights.embedding("position_embd", dimensions.context() + offset, dimensions.hidden());
        return new Decoder(embedding(), 1, Optional.of(new Decoder.PositionTable(table, offset)), layers(layer), norm, head(), 0,
                dimensions.context());
    }

    Weights weights() {
        return weights;
    }

    GgufHyperparameters facts() {
        return facts;
    }
}
