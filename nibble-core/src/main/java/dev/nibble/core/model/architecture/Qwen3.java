package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import java.util.Map;

/** Qwen 3, dense: Llama with queries and keys normalised per head and a head size of its own. */
final class Qwen3 extends Qwen2 {
    private static final int DEFAULT_HEAD_SIZE = 128;

    Qwen3() {
        super(new Names("qwen3", "qwen3", "Qwen3ForCausalLM"));
    }

    @Override
    public Config language(Config config) {
        return config.withDefaults(Map.of("head_dim", DEFAULT_HEAD_SIZE));
    }

    @Override
    boolean queryBias(Config config) {
        return config.flag("attention_bias", false);
    }

    @Override
    boolean outputBias(Config config) {
        return queryBias(config);
    }

    @Override
    boolean headNorms() {
        return true;
    }

    @Override
    void describeHeads(Config config, Dimensions d, MetadataWriter keys) {
        keys.headSize(d);
    }

    @Override
    void restore(GgufHyperparameters facts, ConfigJsonBuilder config) {
        config.put("attention_bias", facts.has("blk.0.attn_q.bias"));
        super.restore(facts, config);
    }
}
