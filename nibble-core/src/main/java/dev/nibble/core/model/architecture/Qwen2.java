package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import java.util.function.Consumer;

/** Qwen 1.5, 2 and 2.5: Llama with biases on queries, keys and values; row order as in Hugging Face. */
class Qwen2 extends LlamaLike {
    Qwen2() {
        this(new Names("qwen2", "qwen2", "Qwen2ForCausalLM"));
    }

    Qwen2(Names names) {
        super(names, 10_000);
    }

    @Override
    boolean queryBias(Config config) {
        return true;
    }

    @Override
    void describeRest(Config config, Dimensions d, MetadataWriter keys, Consumer<String> warnings) {
        SlidingWindows.qwen(config, d.layers()).describeQwen(keys, warnings);
    }

    @Override
    void restore(GgufHyperparameters facts, ConfigJsonBuilder config) {
        SlidingWindows.restoreQwen(facts, config);
    }
}
