package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.text.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * GPT-Neo: GPT-2 with separate queries, keys and values without biases, unscaled attention, and a sliding window in some layers. llama.cpp
 * does not support it; the name and the keys are Nibble's own: {@code gptneo.attention.scale} is 1, {@code gptneo.attention.local_layers}
 * are the layers with a window.
 */
final class GptNeo implements Family {
    private static final String ACTIVATION = "gelu_new";
    private static final String LOCAL = "attention.local_layers";
    private static final int DEFAULT_WINDOW = 256;

    @Override
    public List<String> modelTypes() {
        return List.of("gpt_neo");
    }

    @Override
    public String ggufName() {
        return "gptneo";
    }

    @Override
    public Optional<String> canonicalName(String name) {
        return name.endsWith(".attention.bias") || name.endsWith(".attention.masked_bias") ? Optional.empty() : Optional.of(name);
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config);
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "transformer.wte.weight", d.vocabulary(), d.hidden());
        rules.same("position_embd.weight", "transformer.wpe.weight", d.context(), d.hidden());
        rules.layerNorm("output_norm", "transformer.ln_f", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "transformer.h.");
            block.layerNorm("attn_norm", "ln_1", d.hidden());
            block.linear("attn_q", "attn.attention.q_proj", false, d.hidden(), d.hidden());
            block.linear("attn_k", "attn.attention.k_proj", false, d.hidden(), d.hidden());
            block.linear("attn_v", "attn.attention.v_proj", false, d.hidden(), d.hidden());
            block.linear("attn_output", "attn.attention.out_proj", true, d.hidden(), d.hidden());
            block.layerNorm("ffn_norm", "ln_2", d.hidden());
            block.linear("ffn_up", "mlp.c_fc", true, d.feedForward(), d.hidden());
            block.linear("ffn_down", "mlp.c_proj", true, d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        warnings.accept("llama.cpp has no architecture gptneo: only Nibble reads this file");
        Dimensions d = Dimensions.of(config);
        new MetadataWriter(ggufName(), metadata).sizes(d, false).normEpsilon(config.epsilon("layer_norm_epsilon"), warnings)
                .real("attention.scale", 1)
                .whole("attention.sliding_window", config.optionalWhole(1, Config.MAX_CONTEXT, "window_size").orElse(DEFAULT_WINDOW))
                .activation(config, "activation_function", ACTIVATION, warnings);
        metadata.putI32s(ggufName() + "." + LOCAL, localLayers(config, d.layers()));
    }

    private static List<?> localLayers(GgufHyperparameters facts) {
        return facts.value(LOCAL).filter(List.class::isInstance).map(list -> (List<?>) list).orElse(List.of());
    }

    private static int[] localLayers(Config config, int layers) {
        List<String> kinds = new ArrayList<>();
        config.value("attention_types").ifPresent(types -> types.elements().forEach(type -> addKinds(type, layers, kinds)));
        if (kinds.isEmpty()) {
            config.value("attention_layers").ifPresent(list -> list.elements().forEach(kind -> kinds.add(kind.string())));
        }
        if (kinds.size() != layers) {
            throw config.contradiction("attention_types describes " + kinds.size() + " layers, num_layers is " + layers);
        }
        List<Integer> local = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            if (!List.of("global", "local").contains(kinds.get(i))) {
                throw config.contradiction("attention_types names a kind other than global and local in layer " + i);
            }
            if (kinds.get(i).equals("local")) {
                local.add(i);
            }
        }
        return local.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Adds one entry of {@code attention_types}: a list of kinds and how often it repeats. */
    private static void addKinds(Json type, int layers, List<String> kinds) {
        List<Json> pair = type.elements();
        if (pair.size() != 2) {
            throw type.wrong("expected the kinds and how often they repeat");
        }
        List<String> pattern = pair.get(0).elements().stream().map(Json::string).toList();
        for (int i = pair.get(1).whole(1, layers); i > 0; i--) {
            kinds.addAll(pattern);
        }
    }

    @Override
    public Map<String, Object> config(GgufHyperparameters facts, Consumer<String> warnings) {
        ConfigJsonBuilder config = new ConfigJsonBuilder(facts, "gpt_neo", "GPTNeoForCausalLM")
                .whole("hidden_size", "embedding_length", Config.MAX_WIDTH)
                .whole("intermediate_size", "feed_forward_length", Config.MAX_WIDTH * 4)
                .whole("num_layers", "block_count", Config.MAX_LAYERS).whole("num_heads", "attention.head_count", Config.MAX_WIDTH)
                .whole("max_position_embeddings", "context_length", Config.MAX_CONTEXT).normEpsilon("layer_norm_epsilon")
                .whole("window_size", "attention.sliding_window", Config.MAX_CONTEXT).activation("activation_function", ACTIVATION);
        facts.optionalReal("attention.scale", Float.MIN_NORMAL, 1).stream().filter(scale -> scale != 1)
                .forEach(scale -> warnings.accept("attention.scale is " + scale + ": GPT-Neo's config.json has no place for it"));
        List<?> local = localLayers(facts);
        List<Object> types = new ArrayList<>();
        List<String> kinds = new ArrayList<>();
        for (long i = 0; i < facts.whole("block_count", 1, Config.MAX_LAYERS); i++) {
            String kind = local.contains(i) ? "local" : "global";
            kinds.add(kind);
            types.add(List.of(List.of(kind), 1));
        }
        return config.put("attention_types", types).put("attention_layers", kinds).values();
    }

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Attention.Geometry global = parts.geometry().scaled(facts.optionalReal("attention.scale", Float.MIN_NORMAL, 1).orElse(1));
        List<?> local = localLayers(facts);
        SlidingWindows windows = parts.windows(i -> local.contains((long) i));
        return parts.positioned(parts.layerNorm(weights, "output_norm"), 0, i -> {
            Weights layer = parts.layer(i);
            return new DecoderLayer.Sequential(parts.layerNorm(layer, "attn_norm"),
                    parts.attention(layer, windows.of(global, i), Optional.empty()),
                    parts.layerNorm(layer, "ffn_norm"),
                    parts.mlp(layer, ACTIVATION));
        });
    }
}
