package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import java.util.function.Consumer;

/**
 * Mistral: Llama without biases, optionally with a sliding window. Named Llama in GGUF. The window is written although llama.cpp ignores
 * it.
 */
class Mistral extends Llama {
    Mistral() {
        this("mistral", "MistralForCausalLM", 10_000);
    }

    Mistral(String modelType, String className, double ropeBase) {
        super(modelType, className, ropeBase);
    }

    @Override
    public boolean recognizes(GgufHyperparameters facts) {
        return facts.optionalWhole(WINDOW, 0, Config.MAX_CONTEXT).orElse(0L) > 0 && !Experts.isMixture(facts);
    }

    @Override
    boolean queryBias(Config config) {
        return false;
    }

    @Override
    boolean feedForwardBias(Config config) {
        return false;
    }

    @Override
    void describeRest(Config config, Dimensions d, MetadataWriter keys, Consumer<String> warnings) {
        config.optionalWhole(1, Config.MAX_CONTEXT, "sliding_window").ifPresent(window -> keys.whole(WINDOW, window));
        SlidingWindows.warnIgnored(config, d, warnings);
    }

    @Override
    void restore(GgufHyperparameters facts, ConfigJsonBuilder config) {
        config.optionalWhole("sliding_window", WINDOW);
    }
}
