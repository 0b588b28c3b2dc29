package dev.nibble.core.model.architecture;

import dev.nibble.core.model.FeedForward;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import java.util.Optional;
import java.util.function.Consumer;

/** Mixtral: Mistral with mixtures of experts. In GGUF, a Llama with experts. */
final class Mixtral extends Mistral {
    private static final String EXPERTS = "num_local_experts";

    Mixtral() {
        super("mixtral", "MixtralForCausalLM", 1_000_000);
    }

    @Override
    public boolean recognizes(GgufHyperparameters facts) {
        return Experts.isMixture(facts);
    }

    @Override
    void addFeedForward(TensorRules block, Config config, Dimensions d) {
        Experts experts = Experts.of(config, EXPERTS);
        TensorRules moe = block.under("", "block_sparse_moe.");
        moe.same("ffn_gate_inp.weight", "gate.weight", experts.count(), d.hidden());
        moe.stacked("ffn_gate_exps.weight", "experts.%d.w1.weight", experts.count(), d.feedForward(), d.hidden());
        moe.stacked("ffn_up_exps.weight", "experts.%d.w3.weight", experts.count(), d.feedForward(), d.hidden());
        moe.stacked("ffn_down_exps.weight", "experts.%d.w2.weight", experts.count(), d.hidden(), d.feedForward());
    }

    @Override
    void describeRest(Config config, Dimensions d, MetadataWriter keys, Consumer<String> warnings) {
        super.describeRest(config, d, keys, warnings);
        Experts.of(config, EXPERTS).writeMetadata(keys);
    }

    @Override
    ConfigJsonBuilder restored(GgufHyperparameters facts, Consumer<String> warnings) {
        return Experts.restore(facts, super.restored(facts, warnings), EXPERTS);
    }

    @Override
    FeedForward feedForward(Parts parts, Weights layer) {
        return parts.experts(layer, parts.dimensions().feedForward(), true, Optional.empty());
    }
}
