package dev.nibble.core.model.mapping;

import java.util.OptionalInt;

/**
 * The sizes of a decoder, checked against each other.
 *
 * @param feedForward width inside the feed-forward part
 * @param keyHeads heads of keys and values; fewer than {@code heads} in grouped-query attention
 * @param headSize values in one head
 * @param context context length it was trained for
 */
public record Dimensions(int layers, int hidden, int feedForward, int heads, int keyHeads, int headSize, int vocabulary, int context) {
    private static final int MAX_HEADS = 1 << 14;

    /** The sizes in a configuration, under any family's names; {@code intermediate_size} defaults to 4 × hidden. */
    public static Dimensions of(Config config) {
        int heads = config.count(MAX_HEADS, "num_attention_heads", "n_head", "num_heads");
        return of(config, config.optionalWhole(1, MAX_HEADS, "num_key_value_heads").orElse(heads));
    }

    /** The sizes in a configuration with a family-specific number of key heads. */
    public static Dimensions of(Config config, int keyHeads) {
        return of(config, keyHeads, config.count(Config.MAX_CONTEXT, "max_position_embeddings", "n_positions", "n_ctx"));
    }

    /** The sizes in a configuration with family-specific key heads and context length. */
    public static Dimensions of(Config config, int keyHeads, int context) {
        int hidden = config.count(Config.MAX_WIDTH, "hidden_size", "n_embd");
        int heads = config.count(MAX_HEADS, "num_attention_heads", "n_head", "num_heads");
        OptionalInt headSize = config.optionalWhole(1, Config.MAX_WIDTH, "head_dim");
        if (headSize.isEmpty() && hidden % heads != 0) {
            throw config.contradiction("hidden_size " + hidden + " is not a multiple of num_attention_heads " + heads);
        }
        if (keyHeads > heads || heads % keyHeads != 0) {
            throw config.contradiction("num_key_value_heads " + keyHeads + " does not divide num_attention_heads " + heads);
        }
        if ((long) heads * headSize.orElse(0) > Config.MAX_WIDTH) {
            throw config
                    .contradiction("num_attention_heads " + heads + " × head_dim " + headSize.orElse(0) + " is over " + Config.MAX_WIDTH);
        }
        return new Dimensions(config.count(Config.MAX_LAYERS, "num_hidden_layers", "n_layer", "num_layers"), hidden,
                config.optionalWhole(1, Config.MAX_WIDTH * 4, "intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size")
                        .orElse(4 * hidden),
                heads, keyHeads,
                headSize.orElse(hidden / heads), config.count(Config.MAX_VOCABULARY, "vocab_size"),
                context);
    }

    /** Checks that the values of a head can be paired for RoPE. */
    public Dimensions rotated(Config config) {
        if (headSize % 2 != 0) {
            throw config.contradiction("hidden_size " + hidden + " / num_attention_heads " + heads + " gives heads of " + headSize
                    + " (or head_dim says so), and rotary positions need an even number");
        }
        return this;
    }

    /** Outputs of the query layer. */
    public int queryWidth() {
        return heads * headSize;
    }

    /** Outputs of the key layer, and of the value layer. */
    public int kvWidth() {
        return keyHeads * headSize;
    }
}
