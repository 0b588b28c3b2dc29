package dev.nibble.core.model.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Contradictory models are refused when opened, with an exception that names the file and the key or tensor. */
class BadModelsTest {
    private static final long ALLOWED_HEAP = 32L << 20;
    private static final String REFERENCE = "reference";
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final String MIXTURE = "'model_type': 'mixtral', 'num_local_experts': 4, 'num_experts_per_tok': 2";
    private static final String LLAMA3 = "'low_freq_factor': 1, 'high_freq_factor': 4, 'original_max_position_embeddings': 64";

    @TempDir
    static Path folder;

    private static Path llama;
    private static Path mixture;

    @BeforeAll
    static void writeRightOnes() throws IOException {
        llama = TinyModel.gguf(new TinyModel("bad", TinyModels.LLAMA, "{}").write(folder.resolve("right")), "llama");
        mixture = TinyModel.gguf(new TinyModel("bad mixture", TinyModels.LLAMA, json("{" + MIXTURE + "}")).write(folder.resolve("mix")),
                "mixture");
    }

    private static String json(String quoted) {
        return quoted.replace('\'', '"');
    }

    private static void refused(Path path, Path named, String code, String... mentions) {
        long heap = THREADS.getCurrentThreadAllocatedBytes();
        Throwable thrown = catchThrowable(() -> new RunningModel(path, REFERENCE).close());
        heap = THREADS.getCurrentThreadAllocatedBytes() - heap;
        if (code.equals("UNSUPPORTED")) {
            assertThat(thrown).isInstanceOf(UnsupportedException.class).hasMessageContaining(named.toString());
        } else {
            assertThat(thrown).isInstanceOf(MalformedFileException.class);
            assertThat(((MalformedFileException) thrown).code()).as(thrown.getMessage()).isEqualTo(code);
            assertThat(thrown).hasMessageContaining(named.toString());
        }
        assertThat(thrown.getMessage()).contains(mentions).doesNotContain("\n");
        assertThat(heap).isLessThan(ALLOWED_HEAP);
    }

    /** config.json of a valid Llama with changed keys. */
    private static DynamicTest config(String overrides, String code, String... mentions) {
        return DynamicTest.dynamicTest(overrides, () -> {
            Path directory = new TinyModel("bad", TinyModels.LLAMA, "{}").write(folder.resolve("config"));
            String right = Files.readString(directory.resolve("config.json")).strip();
            String text = json("{" + overrides + "}");
            Files.writeString(directory.resolve("config.json"), merged(right, text));
            refused(directory, directory, code, mentions);
        });
    }

    /** Edited as text, so that it may be invalid JSON. */
    private static String merged(String right, String overrides) {
        String kept = right.lines().filter(line -> !line.contains(":") || !overrides.contains(key(line)))
                .reduce((a, b) -> a + "\n" + b).orElseThrow();
        return overrides.substring(0, overrides.length() - 1) + ", " + kept.substring(1);
    }

    private static String key(String line) {
        return line.strip().substring(0, line.strip().indexOf(':')).strip() + ":";
    }

    @TestFactory
    Stream<DynamicTest> sizes() {
        return Stream.of(config("'hidden_size': 0", "CONFIG_RANGE", "/hidden_size"),
                config("'hidden_size': -1", "CONFIG_RANGE", "/hidden_size"),
                config("'hidden_size': '40'", "CONFIG_RANGE", "/hidden_size"),
                config("'hidden_size': 40.0", "CONFIG_RANGE", "/hidden_size"),
                config("'hidden_size': 2147483648", "CONFIG_RANGE", "/hidden_size"),
                config("'hidden_size': 9223372036854775808", "CONFIG_RANGE", "/hidden_size"),
                config("'num_attention_heads': 0", "CONFIG_RANGE", "/num_attention_heads"),
                config("'num_attention_heads': 3", "CONFIG_RANGE", "hidden_size 40", "num_attention_heads 3"),
                config("'num_key_value_heads': 0", "CONFIG_RANGE", "/num_key_value_heads"),
                config("'num_key_value_heads': 2", "CONFIG_RANGE", "num_key_value_heads 2", "num_attention_heads 5"),
                config("'num_key_value_heads': 10", "CONFIG_RANGE", "num_key_value_heads 10", "num_attention_heads 5"),
                config("'head_dim': 0", "CONFIG_RANGE", "/head_dim"),
                config("'head_dim': 7", "CONFIG_RANGE", "even"),
                config("'num_hidden_layers': 0", "CONFIG_RANGE", "/num_hidden_layers"),
                config("'num_hidden_layers': 513", "TENSOR_MISSING", "4590 missing", "model.layers.3."),
                config("'num_hidden_layers': 1025", "CONFIG_RANGE", "/num_hidden_layers"),
                config("'num_hidden_layers': 1024, 'intermediate_size': 4194304, 'hidden_size': 1048560", "TENSOR_MISSING", "missing"),
                config("'vocab_size': 0", "CONFIG_RANGE", "/vocab_size"),
                config("'vocab_size': 66", "TENSOR_SHAPE", "model.embed_tokens.weight", "67×40", "66×40"),
                config("'vocab_size': 68", "TENSOR_SHAPE", "model.embed_tokens.weight"),
                config("'max_position_embeddings': 0", "CONFIG_RANGE", "/max_position_embeddings"),
                config("'intermediate_size': 55", "TENSOR_SHAPE", "mlp.gate_proj.weight"));
    }

    @TestFactory
    Stream<DynamicTest> values() {
        return Stream.of(config("'rope_theta': 0", "CONFIG_RANGE", "/rope_theta"),
                config("'rope_theta': -1", "CONFIG_RANGE", "/rope_theta"),
                config("'rope_theta': NaN", "CONFIG_JSON", "NaN"),
                config("'rope_scaling': {'type': 'spiral', 'factor': 2}", "CONFIG_RANGE", "/rope_scaling/type", "spiral"),
                config("'rope_scaling': {'type': 'linear', 'factor': 0}", "CONFIG_RANGE", "/rope_scaling/factor"),
                config("'rope_scaling': {'type': 'linear'}", "CONFIG_MISSING", "/rope_scaling/factor"),
                config("'rope_scaling': {'rope_type': 'yarn', 'factor': 2, 'truncate': false}", "CONFIG_RANGE", "truncate"),
                config("'rope_scaling': {'type': 'longrope', 'short_factor': [], 'long_factor': []}", "UNSUPPORTED", "longrope"),
                config("'rms_norm_eps': -1", "CONFIG_RANGE", "/rms_norm_eps"),
                config("'rms_norm_eps': '1e-5'", "CONFIG_RANGE", "/rms_norm_eps"),
                config("'hidden_act': 'sine'", "UNSUPPORTED", "sine"),
                config("'model_type': 'mamba9'", "UNSUPPORTED", "mamba9", "llama"),
                config("'model_type': null", "CONFIG_MISSING", "/model_type"),
                config("'num_hidden_layers': 3, 'num_hidden_layers': 4", "CONFIG_JSON", "num_hidden_layers"),
                config(MIXTURE.replace("4", "0"), "CONFIG_RANGE", "/num_local_experts"),
                config(MIXTURE.replace("2", "5"), "CONFIG_RANGE", "num_experts_per_tok 5", "num_local_experts 4"),
                config(MIXTURE, "TENSOR_MISSING", "block_sparse_moe"));
    }

    /** Invalid values in config.json of other families. */
    private static DynamicTest family(String family, String overrides, String code, String... mentions) {
        return DynamicTest.dynamicTest(overrides, () -> {
            TinyModel model = new TinyModel("bad", family, "{}");
            JsonMapper.shared().readTree(json("{" + overrides + "}")).properties()
                    .forEach(entry -> model.config().set(entry.getKey(), entry.getValue()));
            Path directory = model.write(folder.resolve("family"));
            refused(directory, directory, code, mentions);
        });
    }

    @TestFactory
    Stream<DynamicTest> families() {
        String qwen = TinyModels.LLAMA.replace("\"llama\"", "\"qwen2\"");
        return Stream.of(family(TinyModels.PHI3, "'rope_scaling': {'type': 'longrope', 'short_factor': [1], 'long_factor': [1, 1, 1, 1]}",
                "CONFIG_RANGE", "/rope_scaling/short_factor", "1 factors for 4"),
                family(TinyModels.PHI3, "'rope_scaling': {'type': 'longrope', 'short_factor': [1, 1, 1, 1]}", "CONFIG_MISSING",
                        "/rope_scaling/long_factor"),
                family(TinyModels.PHI3, "'partial_rotary_factor': 1.5", "CONFIG_RANGE", "/partial_rotary_factor"),
                family(TinyModels.PHI3, "'partial_rotary_factor': 0.4", "CONFIG_RANGE", "rope.dimension_count", "3"),
                family(qwen, "'rope_scaling': {'rope_type': 'llama3', 'factor': 8, " + LLAMA3 + "}", "UNSUPPORTED", "llama3", "qwen2"),
                family(qwen, "'use_sliding_window': true, 'sliding_window': 4, 'layer_types': ['full_attention']", "CONFIG_RANGE",
                        "layer_types describes 1"),
                family(qwen, "'use_sliding_window': true, 'sliding_window': 4, 'layer_types': ['a', 'b', 'c']", "CONFIG_RANGE",
                        "/layer_types/0"),
                family(qwen, "'use_sliding_window': true, 'sliding_window': 0", "CONFIG_RANGE", "/sliding_window"),
                family(TinyModels.GEMMA3, "'attn_logit_softcapping': 2.0", "CONFIG_RANGE", "attn_logit_softcapping"),
                family(TinyModels.OPT, "'do_layer_norm_before': false", "UNSUPPORTED", "opt-350m"),
                family(TinyModels.OPT, "'activation_function': 'sine'", "UNSUPPORTED", "sine"),
                family(TinyModels.GPT2, "'scale_attn_by_inverse_layer_idx': true", "UNSUPPORTED", "scale_attn"),
                family(TinyModels.GPT2, "'n_positions': 33, 'n_ctx': 33", "TENSOR_SHAPE", "transformer.wpe.weight", "33×36"));
    }

    /** The tensors of a valid Llama with one changed. */
    private static DynamicTest tensors(String name, Consumer<Map<String, RandomTensors.Drawn>> change, String code, String... mentions) {
        return DynamicTest.dynamicTest(name, () -> {
            TinyModel model = new TinyModel("bad", TinyModels.LLAMA, json("{" + (name.contains("expert") ? MIXTURE : "") + "}"));
            change.accept(model.tensors());
            Path directory = model.write(folder.resolve("tensors"));
            refused(directory, directory, code, mentions);
        });
    }

    private static RandomTensors.Drawn zeros(int... shape) {
        int size = 1;
        for (int dimension : shape) {
            size *= dimension;
        }
        return new RandomTensors.Drawn(shape, new float[size]);
    }

    @TestFactory
    Stream<DynamicTest> tensorsOfADirectory() {
        String key = "model.layers.1.self_attn.k_proj.weight";
        String expert = "model.layers.2.block_sparse_moe.experts.3.w2.weight";
        return Stream.of(tensors("one is missing", all -> all.remove(key), "TENSOR_MISSING", key),
                tensors("one is too small", all -> all.put(key, zeros(7, 40)), "TENSOR_SHAPE", key, "7×40", "8×40"),
                tensors("one is transposed", all -> all.put(key, zeros(40, 8)), "TENSOR_SHAPE", key, "40×8", "8×40"),
                tensors("one has three dimensions", all -> all.put(key, zeros(1, 8, 40)), "TENSOR_SHAPE", key),
                tensors("the head is missing", all -> all.remove("lm_head.weight"), "TENSOR_MISSING", "lm_head.weight"),
                tensors("one is unknown", all -> all.put("model.layers.0.unexpected", zeros(3)), "TENSOR_UNKNOWN", "unexpected"),
                tensors("an expert is missing", all -> all.remove(expert), "TENSOR_MISSING", expert),
                tensors("an expert is transposed", all -> all.put(expert, zeros(56, 40)), "TENSOR_SHAPE", expert));
    }

    /** A valid GGUF file with changed keys. */
    private static DynamicTest key(Path right, String name, Consumer<GgufMetadata> change, String code, String... mentions) {
        return DynamicTest.dynamicTest(right.getFileName() + ": " + name, () -> {
            Path bad = folder.resolve("bad.gguf");
            rewrite(right, bad, change, List.of(), List.of());
            refused(bad, bad, code, mentions);
        });
    }

    /** Rewrites a GGUF file without some tensors, and some with swapped dimensions. */
    private static void rewrite(Path right, Path target, Consumer<GgufMetadata> change, List<String> left, List<String> turned)
            throws IOException {
        try (Gguf gguf = Gguf.open(right)) {
            GgufMetadata metadata = new GgufMetadata(gguf.ggufMetadata());
            metadata.remove("nibble.tensors.crc32c");
            change.accept(metadata);
            List<TensorInfo> infos = new ArrayList<>();
            gguf.names().stream().filter(name -> !left.contains(name)).map(gguf::info)
                    .forEach(info -> infos.add(turned.contains(info.name())
                            ? new TensorInfo(info.name(), info.codec(), turned(info.shape()))
                            : info));
            try (CheckpointWriter writer = GgufWriter.create(target, metadata, infos, true)) {
                for (TensorInfo info : infos) {
                    writer.write(info.name(), 0, gguf.tensor(info.name()).data());
                }
                writer.commit();
            }
        }
    }

    private static Shape turned(Shape shape) {
        List<Long> dimensions = new ArrayList<>(shape.dimensions());
        Collections.reverse(dimensions);
        return new Shape(dimensions);
    }

    @TestFactory
    Stream<DynamicTest> keysOfAGguf() {
        return Stream.of(key(llama, "no layers", m -> m.putU32("llama.block_count", 0), "CONFIG_RANGE", "llama.block_count"),
                key(llama, "513 layers", m -> m.putU32("llama.block_count", 513), "CONFIG_RANGE", "llama.block_count"),
                key(llama, "4 layers", m -> m.putU32("llama.block_count", 4), "TENSOR_MISSING", "blk.3."),
                key(llama, "1025 layers", m -> m.putU32("llama.block_count", 1025), "CONFIG_RANGE", "llama.block_count"),
                key(llama, "layers not said", m -> m.remove("llama.block_count"), "CONFIG_MISSING", "llama.block_count"),
                key(llama, "layers as text", m -> m.putString("llama.block_count", "3"), "CONFIG_RANGE", "llama.block_count"),
                key(llama, "no heads", m -> m.putU32("llama.attention.head_count", 0), "CONFIG_RANGE", "head_count"),
                key(llama, "2 key heads for 5", m -> m.putU32("llama.attention.head_count_kv", 2), "CONFIG_RANGE", "head_count_kv", "2"),
                key(llama, "no key heads", m -> m.putU32("llama.attention.head_count_kv", 0), "CONFIG_RANGE", "head_count_kv"),
                key(llama, "no numbers in a head", m -> m.putU32("llama.attention.key_length", 0), "CONFIG_RANGE", "key_length"),
                key(llama, "wide embedding", m -> m.putU64("llama.embedding_length", 1L << 40), "CONFIG_RANGE", "embedding_length"),
                key(llama, "no context", m -> m.putU32("llama.context_length", 0), "CONFIG_RANGE", "context_length"),
                key(llama, "other width", m -> m.putU32("llama.feed_forward_length", 55), "TENSOR_SHAPE", "blk.0.ffn", "55"),
                key(llama, "base 0", m -> m.putF32("llama.rope.freq_base", 0), "CONFIG_RANGE", "rope.freq_base"),
                key(llama, "base NaN", m -> m.putF32("llama.rope.freq_base", Float.NaN), "CONFIG_RANGE", "rope.freq_base"),
                key(llama, "odd rotation", m -> m.putU32("llama.rope.dimension_count", 7), "CONFIG_RANGE", "rope.dimension_count", "7"),
                key(llama, "rotation of more than a head", m -> m.putU32("llama.rope.dimension_count", 10), "CONFIG_RANGE",
                        "rope.dimension_count"),
                key(llama, "scaling unknown", m -> m.putString("llama.rope.scaling.type", "spiral"), "UNSUPPORTED", "spiral"),
                key(llama, "longrope without factors", m -> m.putString("llama.rope.scaling.type", "longrope"), "TENSOR_MISSING",
                        "rope_factors_long.weight"),
                key(llama, "scaling by less than 0",
                        m -> m.putString("llama.rope.scaling.type", "linear").putF32("llama.rope.scaling.factor", -1), "CONFIG_RANGE",
                        "rope.scaling.factor"),
                key(llama, "scaled logits", m -> m.putF32("llama.logit_scale", 0.5f), "UNSUPPORTED", "llama.logit_scale = 0.5"),
                key(llama, "an unknown key", m -> m.putU32("llama.attention.invented", 3), "UNSUPPORTED", "llama.attention.invented = 3"),
                key(llama, "epsilon NaN", m -> m.putF32("llama.attention.layer_norm_rms_epsilon", Float.NaN), "CONFIG_RANGE", "epsilon"),
                key(llama, "activation unknown", m -> m.putString("llama.activation_function", "sine"), "UNSUPPORTED", "sine"),
                key(llama, "another family", m -> m.putString("general.architecture", "mamba9"), "UNSUPPORTED", "mamba9"),
                key(llama, "a family that is only quantized", m -> m.putString("general.architecture", "mamba"), "UNSUPPORTED", "mamba"),
                key(llama, "windows of two layers",
                        m -> m.putU32("llama.attention.sliding_window", 4).putBools("llama.attention.sliding_window_pattern",
                                List.of(true, false)),
                        "CONFIG_RANGE", "sliding_window_pattern", "3"),
                key(mixture, "more experts used than there are", m -> m.putU32("llama.expert_used_count", 5), "CONFIG_RANGE",
                        "expert_used_count"),
                key(mixture, "no expert used", m -> m.putU32("llama.expert_used_count", 0), "CONFIG_RANGE", "expert_used_count"),
                key(mixture, "more experts than tensors", m -> m.putU32("llama.expert_count", 5), "TENSOR_SHAPE", "blk.0.ffn"),
                key(mixture, "a million experts", m -> m.putU32("llama.expert_count", 1 << 20), "CONFIG_RANGE", "expert_count"));
    }

    @TestFactory
    Stream<DynamicTest> tensorsOfAGguf() {
        String key = "blk.1.attn_k.weight";
        return Stream.of(DynamicTest.dynamicTest("one is missing", () -> {
            Path bad = folder.resolve("missing.gguf");
            rewrite(llama, bad, m -> {}, List.of(key), List.of());
            refused(bad, bad, "TENSOR_MISSING", key, "8×40");
        }), DynamicTest.dynamicTest("one is transposed", () -> {
            Path bad = folder.resolve("turned.gguf");
            rewrite(llama, bad, m -> {}, List.of(), List.of(key));
            refused(bad, bad, "TENSOR_SHAPE", key, "40×8", "8×40");
        }), DynamicTest.dynamicTest("a vocabulary shorter than the embedding", () -> {
            Path bad = folder.resolve("vocabulary.gguf");
            rewrite(llama, bad, m -> m.putStrings("tokenizer.ggml.tokens", List.of("a", "b")), List.of(), List.of());
            refused(bad, bad, "CONFIG_RANGE", "tokenizer.ggml.tokens", "2", "67");
        }));
    }
}
