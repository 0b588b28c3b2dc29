package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.GgufMetadata;
import dev.nibble.core.model.Architecture;
import dev.nibble.core.model.Config;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Dimensions;
import dev.nibble.core.model.GgufFacts;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Positions;
import dev.nibble.core.model.RowOrder;
import dev.nibble.core.model.TensorRule;
import dev.nibble.core.model.Weights;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Mistral: Llama with attention that may look back over a window only. In GGUF it goes by the name of Llama; the window is written for
 * readers that use it, llama.cpp attends to everything.
 */
final class Mistral implements Architecture {
    private static final double USUAL_BASE = 10_000;
    private static final String WINDOW = "attention.sliding_window";

    @Override
    public List<String> modelTypes() {
        return List.of("mistral");
    }

    @Override
    public String ggufName() {
        return "llama";
    }

    @Override
    public boolean recognizes(GgufFacts facts) {
        return facts.optionalWhole(WINDOW, 0, Config.MAX_CONTEXT).orElse(0L) > 0 && !Experts.isMixture(facts);
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config).rotated(config);
        RowOrder order = RowOrder.neighbours(d.headSize());
        TensorRules rules = new TensorRules();
        Rope.of(config, USUAL_BASE).addFactors(rules, d.headSize());
        rules.same("token_embd.weight", "model.embed_tokens.weight", d.vocabulary(), d.hidden());
        rules.same("output_norm.weight", "model.norm.weight", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "model.layers.");
            block.same("attn_norm.weight", "input_layernorm.weight", d.hidden());
            block.reordered("attn_q", "self_attn.q_proj", order, false, d.queries(), d.hidden());
            block.reordered("attn_k", "self_attn.k_proj", order, false, d.keys(), d.hidden());
            block.linear("attn_v", "self_attn.v_proj", false, d.keys(), d.hidden());
            block.linear("attn_output", "self_attn.o_proj", false, d.hidden(), d.queries());
            block.same("ffn_norm.weight", "post_attention_layernorm.weight", d.hidden());
            block.linear("ffn_gate", "mlp.gate_proj", false, d.feedForward(), d.hidden());
            block.linear("ffn_up", "mlp.up_proj", false, d.feedForward(), d.hidden());
            block.linear("ffn_down", "mlp.down_proj", false, d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    @Override
    public void describe(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        HyperParameters keys = new HyperParameters(ggufName(), metadata);
        keys.sizes(d, true);
        Rope.of(config, USUAL_BASE).describe(config, keys, warnings, "llama3");
        keys.rmsEpsilon(config.epsilon("rms_norm_eps"), warnings).headSize(config, d).whole("vocab_size", d.vocabulary())
                .whole("rope.dimension_count", d.headSize()).activation(config, "hidden_act", "silu", warnings);
        config.optionalWhole(1, Config.MAX_CONTEXT, "sliding_window").ifPresent(window -> keys.whole(WINDOW, window));
    }

    @Override
    public Map<String, Object> config(GgufFacts facts, Consumer<String> warnings) {
        RestoredConfig config = new RestoredConfig(facts, "mistral", "MistralForCausalLM").groupedSizes().rmsEpsilon()
                .activation("hidden_act", "silu").optionalWhole("sliding_window", WINDOW);
        Rope.restore(facts, config, USUAL_BASE, warnings);
        return config.values();
    }

    @Override
    public Model build(GgufFacts facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Optional<Positions> positions = new Rotation(parts, true, USUAL_BASE).positions();
        Windows windows = parts.windows();
        return parts.decoder(parts.rmsNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"),
                    parts.attention(layer, windows.of(parts.geometry(), i), positions), parts.rmsNorm(layer, "ffn_norm"),
                    parts.gatedMlp(layer, "silu"));
        });
    }
}
