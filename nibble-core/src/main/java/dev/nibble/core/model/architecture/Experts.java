package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.error.UnsupportedException;

/**
 * Expert counts of a mixture, from config.json.
 *
 * @param used experts per token
 */
record Experts(int count, int used) {
    private static final int MAX = 1024;
    private static final String COUNT = "expert_count";
    private static final String USED = "expert_used_count";

    /** @param name key of the number of experts; the key of those used per token is the same in all families */
    static Experts of(Config config, String name) {
        int count = config.count(MAX, name);
        int used = config.count(MAX, "num_experts_per_tok");
        if (used > count) {
            throw config.contradiction("num_experts_per_tok " + used + " is more than " + name + " " + count);
        }
        return new Experts(count, used);
    }

    /** @throws UnsupportedException if only some layers have experts */
    static void requireInEveryLayer(Config config) {
        boolean dense = config.value("mlp_only_layers").map(layers -> !layers.elements().isEmpty()).orElse(false);
        if (dense || config.optionalWhole(1, Config.MAX_LAYERS, "decoder_sparse_step").orElse(1) != 1) {
            throw new UnsupportedException(config.file() + ": only models with experts in every layer are supported;"
                    + " decoder_sparse_step must be 1 and mlp_only_layers empty");
        }
    }

    static boolean isMixture(GgufHyperparameters facts) {
        return facts.optionalWhole(COUNT, 0, MAX).orElse(0L) > 0;
    }

    void writeMetadata(MetadataWriter keys) {
        keys.whole(COUNT, count).whole(USED, used);
    }

    static ConfigJsonBuilder restore(GgufHyperparameters facts, ConfigJsonBuilder config, String name) {
        return config.whole(name, COUNT, MAX).whole("num_experts_per_tok", USED, MAX);
    }
}
