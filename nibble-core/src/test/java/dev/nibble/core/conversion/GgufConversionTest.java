package dev.nibble.core.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Refusals of plans, shared embeddings, and copied bytes. */
class GgufConversionTest {
    private static final int D = 8;
    private static final String LAYER = "model.layers.0.";
    private static final String HEAD = "lm_head.weight";

    @TempDir
    Path folder;

    private TinyModel llama() {
        return new TinyModel(folder, 20).with("model_type", "llama", "hidden_size", D, "num_attention_heads", 2, "num_hidden_layers", 1,
                "intermediate_size", 12, "vocab_size", 5, "max_position_embeddings", 16, "rms_norm_eps", 1e-5)
                .tensor("model.embed_tokens.weight", 5, D).tensor("model.norm.weight", D).tensor(LAYER + "input_layernorm.weight", D)
                .tensor(LAYER + "post_attention_layernorm.weight", D).tensor(LAYER + "self_attn.q_proj.weight", D, D)
                .tensor(LAYER + "self_attn.k_proj.weight", D, D).tensor(LAYER + "self_attn.v_proj.weight", D, D)
                .tensor(LAYER + "self_attn.o_proj.weight", D, D).tensor(LAYER + "mlp.gate_proj.weight", 12, D)
                .tensor(LAYER + "mlp.up_proj.weight", 12, D).tensor(LAYER + "mlp.down_proj.weight", D, 12);
    }

    /** G39, C06: all mismatches in one message. */
    @Test
    void namesAllTensorsThatDoNotFit() {
        TinyModel model = llama().with("tie_word_embeddings", false, "attention_bias", true).tensor(LAYER + "mlp.down_proj.weight", D, 13)
                .tensor("model.extra", 1);
        assertThatThrownBy(model::plan).isInstanceOf(MalformedFileException.class).hasMessageContaining("TENSOR_MISSING")
                .hasMessageContaining("5 missing").hasMessageContaining(HEAD).hasMessageContaining(LAYER + "self_attn.o_proj.bias")
                .hasMessageContaining("1 of the wrong shape: " + LAYER + "mlp.down_proj.weight [8×13] instead of [8×12]")
                .hasMessageContaining("1 unknown: model.extra");
    }

    private static List<String> names(ConversionPlan plan) {
        return plan.tensors().stream().map(tensor -> tensor.info().name()).toList();
    }

    /** The base model saved alone, and behind the prefixes of trainers. */
    @ParameterizedTest
    @ValueSource(strings = {"", "module.model.", "_orig_mod.model.", "base_model.model.model.", "module._orig_mod."})
    void namesWithOtherBeginnings(String prefix) throws IOException {
        TinyModel model = llama();
        List<String> expected = names(model.plan());
        TinyModel renamed = new TinyModel(folder, 20);
        renamed.config.putAll(model.config);
        for (String name : model.weights.names()) {
            renamed.weights.put(prefix + name.substring("model.".length()), model.weights.tensor(name));
        }
        assertThat(names(renamed.plan())).isEqualTo(expected);
    }

    /** They concern a cache of 8 bits alone. */
    @Test
    void scalesOfTheCacheAreLeftOut() throws IOException {
        List<String> expected = names(llama().plan());
        TinyModel model = llama();
        for (String scale : List.of("k_scale", "v_scale", "kv_scale")) {
            model.tensor(LAYER + "self_attn." + scale, 1);
        }
        assertThat(names(model.plan())).isEqualTo(expected);
    }

    @Test
    void showsTwentyOfMany() {
        TinyModel model = llama();
        for (int i = 0; i < 30; i++) {
            model.tensor("extra." + (char) ('a' + i), 1);
        }
        assertThatThrownBy(model::plan).hasMessageContaining("TENSOR_UNKNOWN").hasMessageContaining("30 unknown: extra.a, ")
                .hasMessageContaining("extra.t, …").hasMessageNotContaining("extra.u");
    }

    /** C06: the shape that config.json claims is compared, not allocated. */
    @Test
    void refusesConfigurationsLargerThanTheTensors() {
        assertThatThrownBy(llama().with("hidden_size", 1 << 20, "vocab_size", 1 << 22)::plan).hasMessageContaining("TENSOR_SHAPE");
    }

    @Test
    void refusesWhatIsQuantizedInAnUnknownWay() {
        assertThatThrownBy(llama().with("quantization_config", Map.of("quant_method", "vptq"))::plan)
                .isInstanceOf(UnsupportedException.class).hasMessageContaining("vptq").hasMessageContaining("Nibble reads gptq, ");
    }

    @Test
    void refusesFoldersWithoutConfiguration() {
        assertThatThrownBy(() -> GgufConversion.plan(folder, new InMemoryCheckpoint())).hasMessageContaining("CONFIG_MISSING");
    }

    /** C08, and a silent configuration: the head is written unless it equals the embedding. */
    @Test
    void sharedEmbeddingsAreWrittenOnce() throws IOException {
        assertThat(head(llama())).isEmpty();
        assertThat(head(llama().tensor(HEAD, 5, D))).isPresent();
        assertThat(head(llama().with("tie_word_embeddings", false).tensor(HEAD, 5, D))).isPresent();
        TinyModel same = llama();
        same.weights.put(HEAD, same.weights.tensor("model.embed_tokens.weight"));
        assertThat(head(same)).isEmpty();
        same.with("tie_word_embeddings", false);
        assertThat(head(same)).isPresent();
        TinyModel different = llama().with("tie_word_embeddings", true).tensor(HEAD, 5, D);
        assertThat(head(different)).isEmpty();
        assertThat(different.plan().warnings()).anyMatch(warning -> warning.contains("differs from model.embed_tokens.weight"));
    }

    private static Optional<TensorSource> head(TinyModel model) throws IOException {
        return model.plan().tensors().stream().filter(source -> source.info().name().equals("output.weight")).findFirst();
    }

    /** Rows of BF16 are copied bit for bit, signalling NaN included; vectors become F32. */
    @Test
    void rowsAreCopiedWithoutReadingThemAsNumbers() throws IOException {
        TinyModel model = llama();
        for (String name : List.copyOf(model.weights.names())) {
            Tensor tensor = model.weights.tensor(name);
            model.weights.put(name, InMemoryCheckpoint.tensor(Plain.BF16, tensor.shape(), InMemoryCheckpoint.numbers(tensor)));
        }
        MemorySegment stored = model.weights.tensor(LAYER + "self_attn.q_proj.weight").data();
        stored.set(ValueLayout.JAVA_BYTE, 4, (byte) 0x81);
        stored.set(ValueLayout.JAVA_BYTE, 5, (byte) 0x7F);
        int half = D / 2 / 2;
        for (TensorSource source : model.plan().tensors()) {
            String name = source.info().name();
            boolean vector = source.info().shape().rank() == 1;
            assertThat(source.info().codec()).as(name).isEqualTo(vector ? Plain.F32 : Plain.BF16);
            assertThat(source.rawRow(0).isPresent()).as(name).isEqualTo(!vector);
            assertThat(source.raw().isPresent()).as(name).isEqualTo(!vector && !name.matches(".*attn_[qk].*"));
            if (name.equals("blk.0.attn_q.weight")) {
                for (int row = 0; row < D; row++) {
                    int from = row / 4 * 4 + row % 2 * half + row % 4 / 2; // two heads of four
                    assertThat(source.rawRow(row).orElseThrow().mismatch(stored.asSlice(from * D * 2L, D * 2))).isEqualTo(-1);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"blk.0.attn_norm.weight", "blk.0.attn_q.bias", "position_embd.weight", "blk.3.ffn_gate_inp.weight"})
    void someTensorsAreAlwaysF32(String name) {
        assertThat(GgufConversion.alwaysF32(name, Shape.of(2, 2))).isTrue();
        assertThat(GgufConversion.alwaysF32("blk.0.attn_q.weight", Shape.of(2, 2))).isFalse();
        assertThat(GgufConversion.alwaysF32("rope_freqs.weight", Shape.of(2))).isTrue();
    }

    @Test
    void blocksFollowEachOtherByNumber() {
        assertThat(Stream.of("blk.10.a", "blk.2.b", "blk.2.a", "token_embd.weight", "output.weight", "blk.x")
                .sorted(GgufConversion.FILE_ORDER))
                .containsExactly("blk.x", "output.weight", "token_embd.weight", "blk.2.a", "blk.2.b", "blk.10.a");
    }

    /** Transposition of a quantized matrix, for any block size. */
    @Test
    void quantizedMatricesAreTransposedThroughTheirBlocks() throws IOException {
        TinyModel model = new TinyModel(folder, 21)
                .with("model_type", "gpt2", "n_embd", 64, "n_head", 2, "n_layer", 1, "vocab_size", 3, "n_ctx",
                        4, "n_positions", 4, "layer_norm_epsilon", 1e-5)
                .tensor("wte.weight", 3, 64).tensor("wpe.weight", 4, 64).norm("ln_f", 64)
                .norm("h.0.ln_1", 64).norm("h.0.ln_2", 64).tensor("h.0.attn.c_attn.weight", 64, 192).tensor("h.0.attn.c_attn.bias", 192)
                .tensor("h.0.attn.c_proj.weight", 64, 64).tensor("h.0.attn.c_proj.bias", 64).tensor("h.0.mlp.c_fc.weight", 64, 256)
                .tensor("h.0.mlp.c_fc.bias", 256).tensor("h.0.mlp.c_proj.weight", 256, 64).tensor("h.0.mlp.c_proj.bias", 64)
                .tensor("h.0.attn.bias", 1, 1, 4, 4);
        ConversionPlan plan = model.plan();
        InMemoryCheckpoint gguf = new InMemoryCheckpoint();
        for (TensorSource source : plan.tensors()) {
            boolean quantized = !GgufConversion.alwaysF32(source.info().name(), source.info().shape());
            gguf.put(source.info().name(), InMemoryCheckpoint.tensor(quantized ? Q8_0.Q8_0 : Plain.F32, source.info().shape(),
                    InMemoryCheckpoint.numbers(source)));
        }
        float[] rows = gguf.numbers("blk.0.attn_qkv.weight"); // 192 × 64
        TensorSource back = SafetensorsConversion.plan(gguf, plan.metadata(), Plain.F16).tensors().stream()
                .filter(source -> source.info().name().equals("transformer.h.0.attn.c_attn.weight")).findFirst().orElseThrow();
        assertThat(back.info().shape()).isEqualTo(Shape.of(64, 192));
        float[] three = new float[3 * 192];
        back.read(31, 3, three, 0); // over the edge of a block
        for (int row = 0; row < 3; row++) {
            for (int column = 0; column < 192; column++) {
                assertThat(three[row * 192 + column]).isEqualTo(rows[column * 64 + 31 + row]);
            }
        }
    }

    @Test
    void refusesGgufOfUnknownArchitectures() {
        assertThatThrownBy(() -> SafetensorsConversion.plan(new InMemoryCheckpoint(), new GgufMetadata(), Plain.F32))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining("general.architecture");
        assertThatThrownBy(() -> SafetensorsConversion.plan(new InMemoryCheckpoint(),
                new GgufMetadata().putString("general.architecture", "mamba"), Plain.F32)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("mamba");
    }

    /** G28, G29: the message names the key. */
    @ParameterizedTest
    @ValueSource(strings = {"llama.block_count", "llama.embedding_length", "llama.attention.head_count", "llama.context_length",
        "llama.attention.head_count_kv"})
    void refusesNumbersOutOfRange(String key) throws IOException {
        ConversionPlan plan = llama().plan();
        InMemoryCheckpoint gguf = new InMemoryCheckpoint();
        for (TensorSource source : plan.tensors()) {
            gguf.put(source.info().name(), InMemoryCheckpoint.tensor(Plain.F32, source.info().shape(), InMemoryCheckpoint.numbers(source)));
        }
        for (long value : new long[]{0, 1L << 31, 0xFFFF_FFFFL}) {
            GgufMetadata metadata = new GgufMetadata(plan.metadata()).putU32(key, value);
            assertThatThrownBy(() -> SafetensorsConversion.plan(gguf, metadata, Plain.F32)).isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("CONFIG_RANGE").hasMessageContaining(key);
        }
    }
}
