package dev.nibble.core.model.mapping;

import dev.nibble.core.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Layers with a shared input, and its producer, into which a scale of its channels can be folded.
 *
 * @param layers names in GGUF without {@code .weight}, followed by a dot and the expert's number if there are several
 * @param producer producer of the input
 */
public record SharedInputGroup(List<String> layers, Producer producer) {
    /** The producer of an input. Its channels can be divided by any factor if the layers' columns are multiplied by the same. */
    public sealed interface Producer {
        /**
         * A norm: weight, and bias if it has one.
         *
         * @param name  full, without {@code .weight}
         */
        record Norm(String name) implements Producer {}

        /**
         * Outputs {@code first} to {@code first + count} of a layer, followed only by functions that commute with a scale.
         *
         * @param name full, without {@code .weight}
         */
        record Outputs(String name, int first, int count) implements Producer {}

        /** A producer without a place for a scale, such as a non-homogeneous activation or value heads shared by query heads. */
        record Unfoldable() implements Producer {}
    }

    public SharedInputGroup {
        layers = List.copyOf(layers);
    }

    /** The form of the feed-forward part, for the folding of scales. */
    public enum FeedForwardForm {
        /** {@code down(act(gate) · up)}: a scale passes through the product with up. */
        GATED,
        /** {@code down(relu(up))}: a positive scale passes through. */
        RELU,
        /** {@code down(gelu(up))} and the like: none does. */
        NON_HOMOGENEOUS
    }

    /** The groups of a decoder with standard names and norms; a feed-forward part without a norm shares attention's. */
    static List<SharedInputGroup> standard(GgufHyperparameters facts) {
        boolean shared = !facts.has("blk.0.ffn_norm.weight");
        return standard(facts, "attn_norm", shared ? "attn_norm" : "ffn_norm",
                gated(facts) ? FeedForwardForm.GATED : FeedForwardForm.NON_HOMOGENEOUS);
    }

    /** Whether there is a gate, as its own tensor or fused with up. */
    private static boolean gated(GgufHyperparameters facts) {
        Shape up = facts.tensors().get("blk.0.ffn_up.weight");
        return facts.has("blk.0.ffn_gate.weight")
                || (up != null && up.rows() == 2 * facts.whole("feed_forward_length", 1, Config.MAX_WIDTH * 4L));
    }

    /**
     * The groups of a decoder with standard names, of the layers that the file has.
     *
     * @param attentionNorm norm before attention, such as {@code attn_norm}
     * @param feedForwardNorm norm before the feed-forward part; may be the same
     */
    public static List<SharedInputGroup> standard(GgufHyperparameters facts, String attentionNorm, String feedForwardNorm,
            FeedForwardForm form) {
        List<SharedInputGroup> groups = new ArrayList<>();
        int layers = (int) facts.whole("block_count", 1, Config.MAX_LAYERS);
        for (int i = 0; i < layers; i++) {
            String prefix = TensorName.blockPrefix(i);
            List<String> attention = present(facts, prefix, "attn_q", "attn_k", "attn_v", "attn_qkv");
            List<String> feedForward = present(facts, prefix, "ffn_gate", "ffn_up");
            if (attentionNorm.equals(feedForwardNorm)) {
                attention = Stream.concat(attention.stream(), feedForward.stream()).toList();
                feedForward = List.of();
            }
            add(groups, attention, new Producer.Norm(prefix + attentionNorm));
            add(groups, feedForward, new Producer.Norm(prefix + feedForwardNorm));
            add(groups, present(facts, prefix, "attn_output"), values(facts, prefix));
            add(groups, present(facts, prefix, "ffn_down"), up(facts, prefix, form));
            addExperts(groups, facts, prefix);
        }
        if (facts.has(TensorName.OUTPUT)) {
            add(groups, List.of("output"), new Producer.Norm("output_norm"));
        }
        return groups;
    }

    private static void add(List<SharedInputGroup> groups, List<String> layers, Producer producer) {
        if (!layers.isEmpty()) {
            groups.add(new SharedInputGroup(layers, producer));
        }
    }

    private static List<String> present(GgufHyperparameters facts, String prefix, String... names) {
        return Stream.of(names).map(name -> prefix + name).filter(name -> facts.has(TensorName.weight(name))).toList();
    }

    /** The value projection, if every query head has its own value head. */
    private static Producer values(GgufHyperparameters facts, String prefix) {
        long heads = facts.whole("attention.head_count", 1, Config.MAX_WIDTH);
        long keyHeads = facts.optionalWhole("attention.head_count_kv", 1, heads).orElse(heads);
        int width = (int) facts.whole("embedding_length", 1, Config.MAX_WIDTH);
        int size = (int) (heads * facts.optionalWhole("attention.key_length", 1, Config.MAX_WIDTH).orElse(width / heads));
        if (heads != keyHeads) {
            return new Producer.Unfoldable();
        }
        return facts.has(prefix + "attn_qkv.weight")
                ? new Producer.Outputs(prefix + "attn_qkv", 2 * size, size)
                : new Producer.Outputs(prefix + "attn_v", 0, size);
    }

    private static Producer up(GgufHyperparameters facts, String prefix, FeedForwardForm form) {
        int inside = (int) facts.whole("feed_forward_length", 1, Config.MAX_WIDTH * 4L);
        return switch (form) {
            case GATED -> new Producer.Outputs(prefix + "ffn_up", facts.has(prefix + "ffn_gate.weight") ? 0 : inside, inside);
            case RELU -> new Producer.Outputs(prefix + "ffn_up", 0, inside);
            case NON_HOMOGENEOUS -> new Producer.Unfoldable();
        };
    }

    /** Adds the experts' groups: each expert gets other tokens and so has its own input; the norm before them is shared with the router. */
    private static void addExperts(List<SharedInputGroup> groups, GgufHyperparameters facts, String prefix) {
        boolean mixture = facts.has(prefix + "ffn_gate_exps.weight") || facts.has(prefix + "ffn_gate.0.weight");
        long experts = mixture ? facts.whole("expert_count", 1, Config.MAX_LAYERS) : 0;
        for (int expert = 0; expert < experts; expert++) {
            List<String> inputs = List.of(TensorName.expert(prefix + "ffn_gate_exps", expert),
                    TensorName.expert(prefix + "ffn_up_exps", expert));
            groups.add(new SharedInputGroup(inputs, new Producer.Unfoldable()));
            groups.add(new SharedInputGroup(List.of(TensorName.expert(prefix + "ffn_down_exps", expert)), new Producer.Unfoldable()));
        }
        add(groups, present(facts, prefix, "ffn_gate_shexp", "ffn_up_shexp"), new Producer.Unfoldable());
        add(groups, present(facts, prefix, "ffn_down_shexp"), new Producer.Unfoldable());
    }
}
