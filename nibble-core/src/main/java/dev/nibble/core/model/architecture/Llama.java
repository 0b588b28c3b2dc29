package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;

/**
 * Llama 2, 3, 3.1 and models of the same form. In GGUF, the rows of queries and keys are in the original Llama's order, with adjacent RoPE
 * pairs, and Llama 3.1's RoPE scaling as a tensor of factors.
 */
class Llama extends LlamaLike {
    Llama() {
        this("llama", "LlamaForCausalLM", 10_000);
    }

    /** A family with the name of Llama in GGUF. */
    Llama(String modelType, String className, double ropeBase) {
        super(new Names(modelType, "llama", className), ropeBase);
    }

    @Override
    public boolean recognizes(GgufHyperparameters facts) {
        return facts.optionalWhole(WINDOW, 0, Config.MAX_CONTEXT).orElse(0L) == 0 && !Experts.isMixture(facts);
    }

    @Override
    boolean interleaved() {
        return true;
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
    boolean feedForwardBias(Config config) {
        return config.flag("mlp_bias", false);
    }

    @Override
    void addFactors(TensorRules rules, Config config, Dimensions d) {
        ConfigRope.of(config, ropeBase()).addFactors(rules, d.headSize());
    }

    @Override
    String[] ropeTypes() {
        return new String[]{"llama3"};
    }

    @Override
    void describeHeads(Config config, Dimensions d, MetadataWriter keys) {
        keys.headSize(config, d).whole("vocab_size", d.vocabulary()).whole("rope.dimension_count", d.headSize());
    }

    @Override
    void restore(GgufHyperparameters facts, ConfigJsonBuilder config) {
        config.put("attention_bias", facts.has("blk.0.attn_q.bias")).put("mlp_bias", facts.has("blk.0.ffn_up.bias"));
    }
}
