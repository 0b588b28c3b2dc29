package dev.nibble.core.model.oracle;

import java.util.List;
import java.util.stream.Stream;

/** Every family, in every form of its config.json. */
final class TinyModels {
    static final String LLAMA = """
            {"model_type": "llama", "vocab_size": 67, "hidden_size": 40, "intermediate_size": 56, "num_hidden_layers": 3,
             "num_attention_heads": 5, "num_key_value_heads": 1, "hidden_act": "silu", "max_position_embeddings": 64,
             "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false}""";
    private static final String MIXTURE = """
            , "num_key_value_heads": 1, "num_attention_heads": 3, "hidden_size": 36, "head_dim": 16, "num_experts_per_tok": 2}""";
    static final String GPT2 = """
            {"model_type": "gpt2", "vocab_size": 61, "n_embd": 36, "n_layer": 3, "n_head": 3, "n_positions": 32, "n_ctx": 32,
             "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5}""";
    private static final String GPT_NEO = """
            {"model_type": "gpt_neo", "vocab_size": 61, "hidden_size": 36, "num_layers": 4, "num_heads": 3, "intermediate_size": null,
             "max_position_embeddings": 32, "window_size": 5, "attention_types": [[["global", "local"], 2]],
             "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5}""";
    static final String OPT = """
            {"model_type": "opt", "vocab_size": 61, "hidden_size": 36, "word_embed_proj_dim": 36, "ffn_dim": 44,
             "num_hidden_layers": 3, "num_attention_heads": 3, "max_position_embeddings": 32, "do_layer_norm_before": true,
             "activation_function": "relu"}""";
    private static final String GPT_NEOX = """
            {"model_type": "gpt_neox", "vocab_size": 61, "hidden_size": 48, "intermediate_size": 60, "num_hidden_layers": 3,
             "num_attention_heads": 3, "max_position_embeddings": 32, "rotary_pct": 0.25, "rotary_emb_base": 10000,
             "use_parallel_residual": true, "layer_norm_eps": 1e-5, "hidden_act": "gelu", "tie_word_embeddings": false}""";
    static final String FALCON = """
            {"model_type": "falcon", "vocab_size": 61, "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 6,
             "layer_norm_epsilon": 1e-5, "bias": false, "alibi": false, "parallel_attn": true, "multi_query": true,
             "new_decoder_architecture": false}""";
    private static final String STABLELM = """
            {"model_type": "stablelm", "vocab_size": 61, "hidden_size": 48, "intermediate_size": 60, "num_hidden_layers": 3,
             "num_attention_heads": 3, "num_key_value_heads": 3, "max_position_embeddings": 32, "partial_rotary_factor": 0.25,
             "layer_norm_eps": 1e-5, "hidden_act": "silu", "rope_theta": 10000, "use_qkv_bias": false,
             "tie_word_embeddings": false}""";
    static final String PHI3 = """
            {"model_type": "phi3", "vocab_size": 61, "hidden_size": 48, "intermediate_size": 60, "num_hidden_layers": 3,
             "num_attention_heads": 6, "num_key_value_heads": 3, "max_position_embeddings": 64,
             "original_max_position_embeddings": 64, "rms_norm_eps": 1e-5, "hidden_act": "silu", "rope_theta": 10000,
             "tie_word_embeddings": false}""";
    static final String GEMMA2 = """
            {"model_type": "gemma2", "vocab_size": 61, "hidden_size": 40, "intermediate_size": 60, "num_hidden_layers": 4,
             "num_attention_heads": 6, "num_key_value_heads": 3, "head_dim": 16, "max_position_embeddings": 64,
             "rms_norm_eps": 1e-6, "hidden_activation": "gelu_pytorch_tanh", "rope_theta": 10000, "sliding_window": 5,
             "query_pre_attn_scalar": 24, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0}""";
    static final String GEMMA3 = """
            {"model_type": "gemma3_text", "vocab_size": 61, "hidden_size": 40, "intermediate_size": 60, "num_hidden_layers": 7,
             "num_attention_heads": 6, "num_key_value_heads": 3, "head_dim": 16, "max_position_embeddings": 64,
             "rms_norm_eps": 1e-6, "hidden_activation": "gelu_pytorch_tanh", "rope_theta": 1000000, "rope_local_base_freq": 10000,
             "sliding_window": 5, "query_pre_attn_scalar": 24}""";

    static final String GPT_OSS = """
            {"model_type": "gpt_oss", "vocab_size": 61, "hidden_size": 36, "intermediate_size": 20, "num_hidden_layers": 3,
             "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 16, "hidden_act": "silu", "max_position_embeddings": 64,
             "rms_norm_eps": 1e-5, "rope_theta": 1000, "sliding_window": 5, "num_local_experts": 5, "num_experts_per_tok": 2,
             "swiglu_limit": 4.0, "tie_word_embeddings": false}""";

    static final List<TinyModel> ALL = Stream.of(llama(), mistral(), qwen(), mixtures(), phi3(), gemma(), gpt(), neox(), falcon(), gptOss())
            .flatMap(cases -> cases).toList();

    private TinyModels() {}

    private static Stream<TinyModel> gptOss() {
        return Stream.of(model("gpt-oss", GPT_OSS, "{}"),
                model("gpt-oss: yarn between pairs", GPT_OSS, "{'rope_scaling': {'rope_type': 'yarn', 'factor': 4.0, 'beta_fast': 4.0, "
                        + "'beta_slow': 1.0, 'original_max_position_embeddings': 16, 'truncate': false}}"),
                model("gpt-oss: yarn of whole pairs", GPT_OSS, "{'rope_scaling': {'rope_type': 'yarn', 'factor': 4.0, 'beta_fast': 4.0, "
                        + "'beta_slow': 1.0, 'original_max_position_embeddings': 16, 'truncate': true}}"),
                model("gpt-oss: layer types, tied, without biases, another limit", GPT_OSS, "{'attention_bias': false, "
                        + "'tie_word_embeddings': true, 'swiglu_limit': 1.5, 'layer_types': ['full_attention', 'full_attention', "
                        + "'sliding_attention']}"));
    }

    private static Stream<TinyModel> llama() {
        return Stream.of(llama("llama", "{}"),
                llama("llama: tied", "{'tie_word_embeddings': true}"),
                llama("llama: every bias", "{'attention_bias': true, 'mlp_bias': true}"),
                llama("llama: heads that are not hidden / heads",
                        "{'num_attention_heads': 6, 'num_key_value_heads': 3, 'head_dim': 12}"),
                llama("llama: no shared heads", "{'num_key_value_heads': null}"),
                llama("llama: gelu", "{'hidden_act': 'gelu'}"),
                llama("llama: what transformers assumes", "{'hidden_act': null, 'rope_theta': null, 'tie_word_embeddings': null}"),
                llama("llama: eps that counts", "{'rms_norm_eps': 0.5}"),
                llama("llama: linear", "{'rope_scaling': {'type': 'linear', 'factor': 4.0}}"),
                llama("llama: dynamic", "{'max_position_embeddings': 12, 'rope_scaling': {'type': 'dynamic', 'factor': 2.0}}"),
                llama("llama: dynamic, within the trained length", "{'rope_scaling': {'rope_type': 'dynamic', 'factor': 4.0}}"),
                llama("llama: llama3", "{'rope_theta': 500.0, 'head_dim': 32, 'rope_scaling': {'rope_type': 'llama3', 'factor': 8.0, "
                        + "'low_freq_factor': 1.0, 'high_freq_factor': 4.0, 'original_max_position_embeddings': 64}}"),
                llama("llama: yarn", "{'head_dim': 32, 'max_position_embeddings': 256, 'rope_scaling': {'rope_type': 'yarn', "
                        + "'factor': 4.0, 'original_max_position_embeddings': 64}}"),
                llama("llama: yarn with its own magnitude", "{'head_dim': 32, 'max_position_embeddings': 256, 'rope_scaling': "
                        + "{'rope_type': 'yarn', 'factor': 4.0, 'original_max_position_embeddings': 64, 'attention_factor': 0.8, "
                        + "'beta_fast': 16, 'beta_slow': 2}}"),
                llama("llama: yarn that keeps short waves", "{'head_dim': 32, 'rope_theta': 500, 'max_position_embeddings': 8192, "
                        + "'rope_scaling': {'rope_type': 'yarn', 'factor': 4.0, 'original_max_position_embeddings': 2048}}"),
                llama("llama: yarn whose ramp goes past the last pair", "{'head_dim': 32, 'rope_theta': 100, "
                        + "'max_position_embeddings': 8192, 'rope_scaling': {'rope_type': 'yarn', 'factor': 4.0, "
                        + "'original_max_position_embeddings': 2048}}"),
                llama("llama: yarn as DeepSeek has it", "{'head_dim': 32, 'max_position_embeddings': 256, 'rope_scaling': "
                        + "{'rope_type': 'yarn', 'factor': 4.0, 'original_max_position_embeddings': 64, 'mscale': 0.7, "
                        + "'mscale_all_dim': 1.0}}"),
                llama("llama: rope_parameters", "{'rope_theta': null, 'rope_parameters': {'rope_theta': 500.0, 'rope_type': 'default'}}"));
    }

    private static Stream<TinyModel> mistral() {
        return Stream.of(llama("mistral", "{'model_type': 'mistral'}"),
                llama("mistral: window", "{'model_type': 'mistral', 'sliding_window': 5}"),
                llama("mistral: nemo's head size, window",
                        "{'model_type': 'mistral', 'head_dim': 12, 'sliding_window': 1, 'rope_theta': 1e6}"),
                llama("mistral: llama3", "{'model_type': 'mistral', 'head_dim': 32, 'rope_scaling': {'rope_type': 'llama3', "
                        + "'factor': 8.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0, 'original_max_position_embeddings': 64}}"));
    }

    private static Stream<TinyModel> qwen() {
        return Stream.of(llama("qwen2", "{'model_type': 'qwen2'}"),
                llama("qwen2: tied, yarn", "{'model_type': 'qwen2', 'tie_word_embeddings': true, 'max_position_embeddings': 256, "
                        + "'rope_scaling': {'type': 'yarn', 'factor': 4.0, 'original_max_position_embeddings': 64}}"),
                llama("qwen2: window from layer 1 on",
                        "{'model_type': 'qwen2', 'use_sliding_window': true, 'sliding_window': 4, 'max_window_layers': 1}"),
                llama("qwen2: window not used",
                        "{'model_type': 'qwen2', 'use_sliding_window': false, 'sliding_window': 4, 'max_window_layers': 1}"),
                llama("qwen3", "{'model_type': 'qwen3', 'head_dim': 16}"),
                llama("qwen3: tied, biases", "{'model_type': 'qwen3', 'num_attention_heads': 6, 'num_key_value_heads': 3, 'head_dim': 12,"
                        + " 'tie_word_embeddings': true, 'attention_bias': true}"),
                llama("qwen3: the default head size, window",
                        "{'model_type': 'qwen3', 'num_attention_heads': 3, 'use_sliding_window': true,"
                                + " 'sliding_window': 4, 'max_window_layers': 1}"));
    }

    private static Stream<TinyModel> mixtures() {
        return Stream.of(mixture("mixtral", "{'model_type': 'mixtral', 'num_local_experts': 5"),
                mixture("mixtral: window, default base",
                        "{'model_type': 'mixtral', 'num_local_experts': 4, 'sliding_window': 5, 'rope_theta': null"),
                mixture("qwen2_moe", "{'model_type': 'qwen2_moe', 'num_experts': 5, 'moe_intermediate_size': 28, "
                        + "'shared_expert_intermediate_size': 44, 'norm_topk_prob': false"),
                mixture("qwen2_moe: windows by layer_types", "{'model_type': 'qwen2_moe', 'num_experts': 5, 'moe_intermediate_size': 28, "
                        + "'shared_expert_intermediate_size': 44, 'use_sliding_window': true, 'sliding_window': 4, 'layer_types': "
                        + "['full_attention', 'sliding_attention', 'full_attention']"),
                mixture("qwen2_moe: weights that sum to 1, default base", "{'model_type': 'qwen2_moe', 'num_experts': 5, "
                        + "'moe_intermediate_size': 28, 'shared_expert_intermediate_size': 20, 'norm_topk_prob': true, "
                        + "'rope_theta': null"),
                mixture("qwen3_moe", "{'model_type': 'qwen3_moe', 'num_experts': 7, 'moe_intermediate_size': 28, 'norm_topk_prob': true"),
                mixture("qwen3_moe: unscaled weights, biases, default base", "{'model_type': 'qwen3_moe', 'num_experts': 7, "
                        + "'moe_intermediate_size': 28, 'attention_bias': true, 'rope_theta': null"),
                mixture("qwen3_moe: window", "{'model_type': 'qwen3_moe', 'num_experts': 4, 'moe_intermediate_size': 28, "
                        + "'use_sliding_window': true, 'sliding_window': 6, 'max_window_layers': 2"));
    }

    private static Stream<TinyModel> phi3() {
        String factors = "'short_factor': [1.0, 1.1, 1.3, 1.9], 'long_factor': [1.0, 2.5, 4.0, 7.5]";
        return Stream.of(model("phi3", PHI3, "{}"),
                model("phi3: window, tied", PHI3, "{'sliding_window': 5, 'tie_word_embeddings': true}"),
                model("phi3: three quarters turn", PHI3, "{'partial_rotary_factor': 0.75}"),
                model("phi3: three quarters turn, rope_parameters", PHI3, "{'rope_theta': null, 'rope_parameters': "
                        + "{'rope_theta': 100.0, 'rope_type': 'default', 'partial_rotary_factor': 0.75}}"),
                model("phi3: longrope within", PHI3, "{'original_max_position_embeddings': 21, 'rope_scaling': {'type': 'longrope', "
                        + factors + "}}"),
                model("phi3: longrope over", PHI3, "{'original_max_position_embeddings': 20, 'rope_scaling': {'type': 'longrope', "
                        + factors + "}}"),
                model("phi3: longrope with its own magnitude", PHI3, "{'original_max_position_embeddings': 16, 'rope_scaling': "
                        + "{'rope_type': 'longrope', 'attention_factor': 1.5, " + factors + "}}"),
                model("phi3: longrope in rope_parameters", PHI3, "{'original_max_position_embeddings': null, 'rope_theta': null, "
                        + "'rope_parameters': {'rope_type': 'longrope', 'rope_theta': 1000.0, 'original_max_position_embeddings': 16, "
                        + factors + "}}"));
    }

    private static Stream<TinyModel> gemma() {
        return Stream.of(model("gemma2", GEMMA2, "{}"),
                model("gemma2: no caps", GEMMA2, "{'attn_logit_softcapping': 0, 'final_logit_softcapping': 0}"),
                model("gemma2: layer_types", GEMMA2, "{'num_hidden_layers': 3, 'layer_types': ['full_attention', "
                        + "'full_attention', 'sliding_attention']}"),
                model("gemma2: one key head", GEMMA2, "{'num_attention_heads': 3, 'num_key_value_heads': 1, 'num_hidden_layers': 3}"),
                model("gemma3", GEMMA3, "{}"),
                model("gemma3: linear", GEMMA3, "{'rope_scaling': {'rope_type': 'linear', 'factor': 8.0}}"),
                model("gemma3: every second sees all", GEMMA3, "{'num_hidden_layers': 5, 'sliding_window_pattern': 2}"),
                model("gemma3: layer_types", GEMMA3, "{'num_hidden_layers': 3, 'layer_types': "
                        + "['full_attention', 'sliding_attention', 'full_attention']}"),
                model("gemma3: rope_parameters", GEMMA3, "{'rope_theta': null, 'rope_local_base_freq': null, 'rope_parameters': "
                        + "{'full_attention': {'rope_type': 'linear', 'factor': 8.0, 'rope_theta': 500000}, "
                        + "'sliding_attention': {'rope_type': 'default', 'rope_theta': 300}}}"),
                model("gemma3: what transformers assumes", GEMMA3, "{'num_hidden_layers': 2, 'head_dim': null, "
                        + "'query_pre_attn_scalar': null, 'rms_norm_eps': null, 'rope_theta': null, 'rope_local_base_freq': null, "
                        + "'max_position_embeddings': null, 'hidden_activation': null}"));
    }

    private static Stream<TinyModel> gpt() {
        return Stream.of(model("gpt2", GPT2, "{}"),
                model("gpt2: relu, n_inner, untied", GPT2,
                        "{'activation_function': 'relu', 'n_inner': 52, 'tie_word_embeddings': false}"),
                model("gpt2: the default activation", GPT2, "{'activation_function': null}"),
                model("opt: the default activation", OPT, "{'activation_function': null}"),
                model("gpt2: eps that counts", GPT2, "{'layer_norm_epsilon': 0.4}"),
                model("gpt_neo", GPT_NEO, "{}"),
                model("gpt_neo: uneven layers", GPT_NEO, "{'intermediate_size': 52, "
                        + "'attention_types': [[['local'], 1], [['global', 'local', 'local'], 1]]}"),
                model("opt", OPT, "{}"),
                model("opt: no biases, gelu", OPT, "{'enable_bias': false, 'activation_function': 'gelu', 'tie_word_embeddings': false}"));
    }

    private static Stream<TinyModel> neox() {
        return Stream.of(model("gpt_neox", GPT_NEOX, "{}"),
                model("gpt_neox: one after the other, all turns, no bias", GPT_NEOX,
                        "{'use_parallel_residual': false, 'rotary_pct': 1.0, 'attention_bias': false, 'hidden_act': 'gelu_fast'}"),
                model("gpt_neox: what transformers assumes", GPT_NEOX, "{'hidden_act': null, 'rotary_pct': null, 'rotary_emb_base': null, "
                        + "'use_parallel_residual': null}"),
                model("gpt_neox: linear, tied", GPT_NEOX, "{'rotary_pct': 0.5, 'tie_word_embeddings': true, "
                        + "'rope_scaling': {'type': 'linear', 'factor': 2.0}}"),
                model("stablelm: 3b", STABLELM, "{}"),
                model("stablelm: 1.6b, biases", STABLELM, "{'use_qkv_bias': true, 'partial_rotary_factor': 0.5}"),
                model("stablelm: 12b", STABLELM, "{'num_attention_heads': 6, 'num_key_value_heads': 3, 'qk_layernorm': true, "
                        + "'use_parallel_residual': true, 'partial_rotary_factor': 0.5}"),
                model("stablelm: norms of heads, one after the other", STABLELM, "{'qk_layernorm': true, 'rope_theta': 300, "
                        + "'layer_norm_eps': 0.1}"),
                model("stablelm: what transformers assumes", STABLELM, "{'partial_rotary_factor': null, 'rope_theta': null, "
                        + "'use_qkv_bias': null}"));
    }

    private static Stream<TinyModel> falcon() {
        return Stream.of(model("falcon: 7b", FALCON, "{}"),
                model("falcon: 7b, biases, untied", FALCON, "{'bias': true, 'tie_word_embeddings': false, 'ffn_hidden_size': 52}"),
                model("falcon: 40b", FALCON, "{'new_decoder_architecture': true, 'num_kv_heads': 3}"),
                model("falcon: 11b", FALCON, "{'new_decoder_architecture': true, 'num_kv_heads': 2, 'num_ln_in_parallel_attn': 1}"),
                model("falcon: rw", FALCON,
                        "{'alibi': true, 'multi_query': false, 'parallel_attn': false, 'bias': true, 'num_attention_heads': 4}"),
                model("falcon: groups with alibi", FALCON, "{'alibi': true, 'new_decoder_architecture': true, 'num_kv_heads': 3}"),
                model("falcon: rw, six heads", FALCON, "{'alibi': true, 'multi_query': false, 'parallel_attn': false, 'bias': true}"),
                model("falcon: heads of their own, no alibi", FALCON, "{'multi_query': false, 'num_attention_heads': 3}"));
    }

    private static TinyModel llama(String name, String overrides) {
        return model(name, LLAMA, overrides);
    }

    private static TinyModel mixture(String name, String opened) {
        return model(name, LLAMA, opened + MIXTURE);
    }

    /** Parses JSON with single quotes. */
    private static TinyModel model(String name, String family, String overrides) {
        return new TinyModel(name, family, overrides.replace('\'', '"'));
    }
}
