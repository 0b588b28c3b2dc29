package dev.nibble.core.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Families without a small real model, as tiny random ones. Expected GGUF contents are written out index by index, after the families' own
 * code.
 */
class FamiliesTest {
    private static final int D = 8;

    @TempDir
    Path folder;

    /** transformers: view(groups, queries per group + 2, head, hidden); queries, then the key, then the value of each group. */
    @Test
    void falcon40bBecomesAllQueriesAllKeysAllValues() throws IOException {
        int heads = 4;
        int groups = 2;
        int head = D / heads;
        TinyModel model = falcon().with("new_decoder_architecture", true, "num_kv_heads", groups)
                .tensor("transformer.h.0.self_attention.query_key_value.weight", D + 2L * groups * head, D)
                .norm("transformer.h.0.ln_mlp", D).norm("transformer.h.0.ln_attn", D);
        ConversionPlan plan = model.plan();
        float[] fused = model.weights.numbers("transformer.h.0.self_attention.query_key_value.weight");
        float[][] expected = new float[D + 2 * groups * head][];
        for (int group = 0; group < groups; group++) {
            for (int slot = 0; slot < heads / groups + 2; slot++) {
                for (int i = 0; i < head; i++) {
                    int source = (group * (heads / groups + 2) + slot) * head + i;
                    int target = slot < heads / groups
                            ? (group * (heads / groups) + slot) * head + i
                            : slot == heads / groups ? D + group * head + i : D + groups * head + group * head + i;
                    expected[target] = Arrays.copyOfRange(fused, source * D, (source + 1) * D);
                }
            }
        }
        assertRows(plan, "blk.0.attn_qkv.weight", expected);
        assertSame(model, plan, "blk.0.attn_norm.weight", "transformer.h.0.ln_mlp.weight");
        assertSame(model, plan, "blk.0.attn_norm_2.bias", "transformer.h.0.ln_attn.bias");
        assertThat(plan.metadata().integer("falcon.attention.head_count_kv")).contains(2L);
        assertThat(plan.metadata().string("falcon.tensor_data_layout")).contains("jploski");
        assertComesBack(model, plan);
    }

    /** One group of all queries, one key, one value: already in order. num_kv_heads, which some tools write, is ignored. */
    @Test
    void falcon7bKeepsItsOrder() throws IOException {
        TinyModel model = falcon().with("multi_query", true, "num_kv_heads", 4)
                .tensor("transformer.h.0.self_attention.query_key_value.weight", D + 4, D).norm("transformer.h.0.input_layernorm", D);
        ConversionPlan plan = model.plan();
        assertSame(model, plan, "blk.0.attn_qkv.weight", "transformer.h.0.self_attention.query_key_value.weight");
        assertThat(plan.metadata().integer("falcon.attention.head_count_kv")).contains(1L);
        assertComesBack(model, plan);
    }

    private TinyModel falcon() {
        return new TinyModel(folder, 1).with("model_type", "falcon", "hidden_size", D, "num_attention_heads", 4, "num_hidden_layers", 1,
                "vocab_size", 5, "layer_norm_epsilon", 1e-5).tensor("transformer.word_embeddings.weight", 5, D).norm("transformer.ln_f", D)
                .tensor("lm_head.weight", 5, D).tensor("transformer.h.0.self_attention.dense.weight", D, D)
                .tensor("transformer.h.0.mlp.dense_h_to_4h.weight", 4 * D, D).tensor("transformer.h.0.mlp.dense_4h_to_h.weight", D, 4 * D);
    }

    /** transformers: view(heads, 3 × head): query, key, value of each head together. */
    @Test
    void gptNeoxBecomesAllQueriesAllKeysAllValues() throws IOException {
        int heads = 2;
        int head = D / heads;
        String layer = "gpt_neox.layers.0.";
        TinyModel model = new TinyModel(folder, 2).with("model_type", "gpt_neox", "hidden_size", D, "num_attention_heads", heads,
                "num_hidden_layers", 1, "intermediate_size", 12, "vocab_size", 5, "max_position_embeddings", 16, "layer_norm_eps", 1e-5,
                "rotary_pct", 0.5, "rotary_emb_base", 10000, "tie_word_embeddings", false).tensor("gpt_neox.embed_in.weight", 5, D)
                .tensor("embed_out.weight", 5, D).norm("gpt_neox.final_layer_norm", D).norm(layer + "input_layernorm", D)
                .norm(layer + "post_attention_layernorm", D).biased(layer + "attention.query_key_value", 3 * D, D)
                .biased(layer + "attention.dense", D, D).biased(layer + "mlp.dense_h_to_4h", 12, D)
                .biased(layer + "mlp.dense_4h_to_h", D, 12)
                .tensor(layer + "attention.bias", 1, 1, 16, 16).tensor(layer + "attention.rotary_emb.inv_freq", 2);
        ConversionPlan plan = model.plan();
        float[] weight = model.weights.numbers(layer + "attention.query_key_value.weight");
        float[] bias = model.weights.numbers(layer + "attention.query_key_value.bias");
        float[][] expected = new float[3 * D][];
        float[] expectedBias = new float[3 * D];
        for (int h = 0; h < heads; h++) {
            for (int part = 0; part < 3; part++) {
                for (int i = 0; i < head; i++) {
                    int source = (h * 3 + part) * head + i;
                    expected[part * D + h * head + i] = Arrays.copyOfRange(weight, source * D, (source + 1) * D);
                    expectedBias[part * D + h * head + i] = bias[source];
                }
            }
        }
        assertRows(plan, "blk.0.attn_qkv.weight", expected);
        assertRows(plan, "blk.0.attn_qkv.bias", expectedBias);
        assertSame(model, plan, "output.weight", "embed_out.weight");
        assertThat(plan.metadata().integer("gptneox.rope.dimension_count")).contains(2L);
        assertThat(plan.tensors()).hasSize(16);
        assertComesBack(model, plan);
    }

    @Test
    void gemmasNormsGrowByOne() throws IOException {
        for (int version = 2; version <= 3; version++) {
            TinyModel model = gemma(version);
            ConversionPlan plan = model.plan();
            float[] norm = model.weights.numbers("model.layers.0.pre_feedforward_layernorm.weight");
            for (int i = 0; i < norm.length; i++) {
                norm[i] += 1;
            }
            assertRows(plan, "blk.0.ffn_norm.weight", norm);
            assertSame(model, plan, "blk.0.attn_q.weight", "model.layers.0.self_attn.q_proj.weight");
            assertThat(plan.tensors()).hasSize(version == 2 ? 13 : 15);
            assertThat(plan.metadata().integer("gemma" + version + ".attention.key_length")).contains(6L);
            assertComesBack(model, plan);
        }
    }

    private TinyModel gemma(int version) {
        String layer = "model.layers.0.";
        TinyModel model = new TinyModel(folder, version).with("model_type", version == 2 ? "gemma2" : "gemma3_text", "hidden_size", D,
                "num_attention_heads", 2, "num_key_value_heads", 1, "head_dim", 6, "num_hidden_layers", 1, "intermediate_size", 12,
                "vocab_size",
                5, "max_position_embeddings", 16, "rms_norm_eps", 1e-6, "sliding_window", 4, "query_pre_attn_scalar", 6)
                .tensor("model.embed_tokens.weight", 5, D).tensor("model.norm.weight", D);
        for (String norm : List.of("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
                "post_feedforward_layernorm")) {
            model.tensor(layer + norm + ".weight", D);
        }
        model.tensor(layer + "self_attn.q_proj.weight", 12, D).tensor(layer + "self_attn.k_proj.weight", 6, D)
                .tensor(layer + "self_attn.v_proj.weight", 6, D).tensor(layer + "self_attn.o_proj.weight", D, 12)
                .tensor(layer + "mlp.gate_proj.weight", 12, D).tensor(layer + "mlp.up_proj.weight", 12, D)
                .tensor(layer + "mlp.down_proj.weight", D, 12);
        return version == 2
                ? model.with("attn_logit_softcapping", 50.0, "final_logit_softcapping", 30.0)
                : model.tensor(layer + "self_attn.q_norm.weight", 6).tensor(layer + "self_attn.k_norm.weight", 6);
    }

    @Test
    void stableLmStacksTheNormsOfItsHeads() throws IOException {
        String layer = "model.layers.0.";
        TinyModel model = decoder("stablelm", 5).with("layer_norm_eps", 1e-5, "partial_rotary_factor", 0.5, "qk_layernorm", true,
                "use_parallel_residual", true).norm("model.norm", D).norm(layer + "input_layernorm", D);
        for (int head = 0; head < 4; head++) {
            model.tensor(layer + "self_attn.q_layernorm.norms." + head + ".weight", 2);
        }
        for (int head = 0; head < 2; head++) {
            model.tensor(layer + "self_attn.k_layernorm.norms." + head + ".weight", 2);
        }
        ConversionPlan plan = model.plan();
        float[][] expected = new float[4][];
        for (int head = 0; head < 4; head++) {
            expected[head] = model.weights.numbers(layer + "self_attn.q_layernorm.norms." + head + ".weight");
        }
        assertRows(plan, "blk.0.attn_q_norm.weight", expected);
        assertThat(source(plan, "blk.0.attn_k_norm.weight").info().shape().dimensions()).containsExactly(2L, 2L);
        assertComesBack(model, plan);
    }

    /** The factors of Llama 3.1, which in every published file are 1 … 1, some in between, 8 … 8. */
    @Test
    void llama3GetsItsFactors() throws IOException {
        TinyModel model = decoder("llama", 6).with("rms_norm_eps", 1e-5, "head_dim", 128, "rope_theta", 500000.0, "rope_scaling",
                Map.of("rope_type", "llama3", "factor", 8.0, "low_freq_factor", 1.0, "high_freq_factor", 4.0,
                        "original_max_position_embeddings", 8192));
        llamaLayer(model, 4 * 128, 2 * 128);
        ConversionPlan plan = model.plan();
        float[] factors = InMemoryCheckpoint.numbers(source(plan, "rope_freqs.weight"));
        assertThat(factors).hasSize(64);
        assertThat(Arrays.copyOf(factors, 29)).containsOnly(1);
        assertThat(Arrays.copyOfRange(factors, 35, 64)).containsOnly(8);
        for (int i = 29; i < 35; i++) { // the formula of the paper's code, in double
            double wave = 2 * Math.PI * Math.pow(500000, 2.0 * i / 128);
            double smooth = (8192 / wave - 1) / 3;
            assertThat(factors[i]).isCloseTo((float) (1 / ((1 - smooth) / 8 + smooth)), Percentage.withPercentage(1e-3));
        }
        assertThat(plan.metadata().has("llama.rope.scaling.type")).isFalse();
        assertComesBack(model, plan);
    }

    @Test
    void yarnAndLinearScalingComeBack() throws IOException {
        for (Map<String, Object> scaling : List.of(Map.<String, Object>of("type", "linear", "factor", 4.0),
                Map.<String, Object>of("rope_type", "yarn", "factor", 4.0, "original_max_position_embeddings", 4, "beta_fast", 32.0))) {
            TinyModel model = decoder("llama", 7).with("rms_norm_eps", 1e-5, "rope_scaling", scaling);
            llamaLayer(model, D, 4);
            ConversionPlan plan = model.plan();
            assertThat(plan.metadata().get("llama.rope.scaling.factor")).contains(4f);
            assertComesBack(model, plan);
        }
    }

    /** As llama.cpp's converter writes it: the factor of config.json itself, not the ratio to the computed one. */
    @Test
    void yarnsAttentionFactorIsWrittenAsItIs() throws IOException {
        TinyModel model = decoder("llama", 11).with("rms_norm_eps", 1e-5, "rope_scaling",
                Map.of("rope_type", "yarn", "factor", 8.0, "original_max_position_embeddings", 4, "attention_factor", 1.3));
        llamaLayer(model, D, 4);
        ConversionPlan plan = model.plan();
        assertThat(plan.metadata().get("llama.rope.scaling.yarn_attn_factor")).contains(1.3f);
        assertThat(plan.warnings()).anyMatch(line -> line.contains("attention_factor 1.3"));
        assertComesBack(model, plan);
    }

    @Test
    void dynamicScalingComesBack() throws IOException {
        TinyModel model = decoder("llama", 12).with("rms_norm_eps", 1e-5, "rope_scaling", Map.of("type", "dynamic", "factor", 2.0));
        llamaLayer(model, D, 4);
        ConversionPlan plan = model.plan();
        assertThat(plan.metadata().has("llama.rope.scaling.type")).isFalse();
        assertThat(plan.warnings()).anyMatch(line -> line.contains("dynamic") && line.contains("llama.cpp"));
        assertComesBack(model, plan);
    }

    @Test
    void phi3WritesLongAndShortFactors() throws IOException {
        String layer = "model.layers.0.";
        TinyModel model = new TinyModel(folder, 8)
                .with("model_type", "phi3", "hidden_size", D, "num_attention_heads", 2, "num_hidden_layers",
                        1, "intermediate_size", 12, "vocab_size", 5, "max_position_embeddings", 64, "original_max_position_embeddings", 16,
                        "rms_norm_eps", 1e-5, "sliding_window", 8, "rope_scaling",
                        Map.of("type", "longrope", "long_factor", List.of(1.1, 2.5), "short_factor", List.of(1.0, 1.05)))
                .tensor("model.embed_tokens.weight", 5, D).tensor("lm_head.weight", 5, D).tensor("model.norm.weight", D)
                .tensor(layer + "input_layernorm.weight", D).tensor(layer + "post_attention_layernorm.weight", D)
                .tensor(layer + "self_attn.qkv_proj.weight", 3 * D, D).tensor(layer + "self_attn.o_proj.weight", D, D)
                .tensor(layer + "mlp.gate_up_proj.weight", 24, D).tensor(layer + "mlp.down_proj.weight", D, 12);
        ConversionPlan plan = model.plan();
        assertRows(plan, "rope_factors_long.weight", new float[]{1.1f, 2.5f});
        assertRows(plan, "rope_factors_short.weight", new float[]{1, 1.05f});
        // sqrt(1 + ln(64 / 16) / ln 16) = sqrt(1.5)
        assertThat(plan.metadata().get("phi3.rope.scaling.attn_factor")).contains((float) Math.sqrt(1.5));
        assertThat(plan.warnings()).anyMatch(line -> line.contains("sliding_window is 8"));
        assertComesBack(model, plan);
    }

    @Test
    void qwen3HasNormsOfQueriesAndKeys() throws IOException {
        TinyModel model = decoder("qwen3", 9).with("rms_norm_eps", 1e-6, "head_dim", 6).tensor("model.layers.0.self_attn.q_norm.weight", 6)
                .tensor("model.layers.0.self_attn.k_norm.weight", 6);
        llamaLayer(model, 24, 12);
        ConversionPlan plan = model.plan();
        assertSame(model, plan, "blk.0.attn_q_norm.weight", "model.layers.0.self_attn.q_norm.weight");
        assertSame(model, plan, "blk.0.attn_q.weight", "model.layers.0.self_attn.q_proj.weight");
        assertComesBack(model, plan);
    }

    @Test
    void mistralKeepsItsWindow() throws IOException {
        TinyModel model = decoder("mistral", 10).with("rms_norm_eps", 1e-5, "sliding_window", 4);
        llamaLayer(model, D, 4);
        ConversionPlan plan = model.plan();
        assertThat(plan.metadata().string("general.architecture")).contains("llama");
        assertThat(plan.metadata().integer("llama.attention.sliding_window")).contains(4L);
        assertThat(plan.warnings()).anyMatch(line -> line.contains("sliding_window is 4"));
        assertComesBack(model, plan);
    }

    /** Four heads, two of them for keys, in one layer. */
    private TinyModel decoder(String type, long seed) {
        String layer = "model.layers.0.";
        TinyModel model = new TinyModel(folder, seed).with("model_type", type, "hidden_size", D, "num_attention_heads", 4,
                "num_key_value_heads", 2, "num_hidden_layers", 1, "intermediate_size", 12, "vocab_size", 5, "max_position_embeddings", 16,
                "tie_word_embeddings", true).tensor("model.embed_tokens.weight", 5, D).tensor(layer + "mlp.gate_proj.weight", 12, D)
                .tensor(layer + "mlp.up_proj.weight", 12, D).tensor(layer + "mlp.down_proj.weight", D, 12);
        return type.equals("stablelm") ? attention(model, D, 4) : model;
    }

    private static TinyModel attention(TinyModel model, int queries, int keys) {
        String attention = "model.layers.0.self_attn.";
        return model.tensor(attention + "q_proj.weight", queries, D).tensor(attention + "k_proj.weight", keys, D)
                .tensor(attention + "v_proj.weight", keys, D).tensor(attention + "o_proj.weight", D, queries);
    }

    private static void llamaLayer(TinyModel model, int queries, int keys) {
        attention(model, queries, keys).tensor("model.norm.weight", D).tensor("model.layers.0.input_layernorm.weight", D)
                .tensor("model.layers.0.post_attention_layernorm.weight", D);
    }

    private static TensorSource source(ConversionPlan plan, String name) {
        return plan.tensors().stream().filter(source -> source.info().name().equals(name)).findFirst().orElseThrow();
    }

    private static void assertSame(TinyModel model, ConversionPlan plan, String gguf, String name) {
        assertThat(InMemoryCheckpoint.numbers(source(plan, gguf))).as(gguf).isEqualTo(model.weights.numbers(name));
        assertThat(source(plan, gguf).info().shape()).isEqualTo(model.weights.info(name).shape());
    }

    /** Every row separately, last one first, and all together. */
    private static void assertRows(ConversionPlan plan, String name, float[]... expected) {
        TensorSource source = source(plan, name);
        assertThat(source.info().shape().rows()).isEqualTo(expected.length);
        float[] all = InMemoryCheckpoint.numbers(source);
        for (int row = expected.length - 1; row >= 0; row--) {
            float[] found = new float[expected[row].length];
            source.read(row, 1, found, 0);
            assertThat(found).as(name + " row " + row).isEqualTo(expected[row]);
            assertThat(Arrays.copyOfRange(all, row * found.length, (row + 1) * found.length)).isEqualTo(expected[row]);
        }
    }

    /** Through GGUF in F32 and back: the original's names and values, and a configuration of the same model. */
    private void assertComesBack(TinyModel model, ConversionPlan plan) throws IOException {
        InMemoryCheckpoint gguf = new InMemoryCheckpoint();
        for (TensorSource source : plan.tensors()) {
            gguf.put(source.info().name(), new Tensor(Plain.F32, source.info().shape(), Written.bytes(source, Plain.F32)));
        }
        SafetensorsConversion.Plan back = SafetensorsConversion.plan(gguf, plan.metadata(), Plain.F32);
        TreeSet<String> names = new TreeSet<>(model.weights.names());
        names.removeIf(name -> name.endsWith("attention.bias") || name.endsWith("inv_freq"));
        assertThat(back.tensors().stream().map(source -> source.info().name())).containsExactlyElementsOf(names);
        InMemoryCheckpoint restored = new InMemoryCheckpoint();
        for (TensorSource source : back.tensors()) {
            String name = source.info().name();
            assertThat(InMemoryCheckpoint.numbers(source)).as(name).isEqualTo(model.weights.numbers(name));
            assertThat(source.info().shape()).as(name).isEqualTo(model.weights.info(name).shape());
            restored.put(name, new Tensor(Plain.F32, source.info().shape(), Written.bytes(source, Plain.F32)));
        }
        Path directory = folder.resolve("back");
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), back.files().get("config.json"));
        ConversionPlan again = GgufConversion.plan(directory, restored);
        assertThat(withoutName(again.metadata()).values()).containsExactlyInAnyOrderEntriesOf(withoutName(plan.metadata()).values());
        assertThat(again.tensors().stream().map(TensorSource::info))
                .containsExactlyElementsOf(plan.tensors().stream().map(TensorSource::info).toList());
    }

    private static GgufMetadata withoutName(GgufMetadata metadata) {
        return new GgufMetadata(metadata).remove("general.name");
    }
}
