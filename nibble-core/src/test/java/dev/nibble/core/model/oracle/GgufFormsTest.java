package dev.nibble.core.model.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.SafetensorsConversion;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.architecture.Architectures;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A GGUF file that says the same in another form gives the same logits, and so does the directory it is converted to. */
class GgufFormsTest {
    private static final double TOLERANCE = 1e-5;
    private static final String REFERENCE = "reference";
    private static final String MIXTURE = "{\"model_type\": \"mixtral\", \"num_local_experts\": 4, \"num_experts_per_tok\": 2}";

    @TempDir
    Path folder;

    private static TinyModel llama() {
        return new TinyModel("forms", TinyModels.LLAMA, "{}");
    }

    private Path gguf(TinyModel model) throws IOException {
        return TinyModel.gguf(model.write(folder.resolve("model")), "model");
    }

    private static float[][] logits(Path path, int[] tokens) throws IOException {
        try (RunningModel running = new RunningModel(path, REFERENCE); KvCache cache = running.cache(Plain.F32, tokens.length)) {
            return running.compute(Batch.of(cache, tokens));
        }
    }

    private static void assertSame(TinyModel model, Path one, Path other) throws IOException {
        double[][] expected = RunningModel.doubles(logits(one, model.tokens()));
        assertThat(RunningModel.error(expected, logits(other, model.tokens()))).isLessThan(TOLERANCE);
    }

    private static double difference(TinyModel model, Path one, Path other) throws IOException {
        return RunningModel.error(RunningModel.doubles(logits(one, model.tokens())), logits(other, model.tokens()));
    }

    /** Copies a GGUF file with changed keys and values. */
    private Path edited(Path right, String name, Consumer<GgufMetadata> keys, Consumer<Map<String, float[]>> values) throws IOException {
        Path target = folder.resolve(name + ".gguf");
        try (Gguf gguf = Gguf.open(right)) {
            GgufMetadata metadata = new GgufMetadata(gguf.ggufMetadata()).remove("nibble.tensors.crc32c");
            keys.accept(metadata);
            Map<String, float[]> all = new LinkedHashMap<>();
            for (String tensor : gguf.names()) {
                float[] numbers = new float[(int) gguf.info(tensor).shape().count()];
                gguf.tensor(tensor).codec().decode(gguf.tensor(tensor).data(), 0, numbers, 0, numbers.length);
                all.put(tensor, numbers);
            }
            values.accept(all);
            List<TensorInfo> infos = new ArrayList<>();
            all.forEach((tensor, numbers) -> infos.add(new TensorInfo(tensor, Plain.F32,
                    gguf.names().contains(tensor) ? gguf.info(tensor).shape() : Shape.of(numbers.length))));
            try (CheckpointWriter writer = GgufWriter.create(target, metadata, infos, true)) {
                for (TensorInfo info : infos) {
                    byte[] bytes = new byte[(int) info.bytes()];
                    MemorySegment data = MemorySegment.ofArray(bytes);
                    Plain.F32.encode(all.get(info.name()), 0, all.get(info.name()).length, Importance.EQUAL, data, 0);
                    writer.write(info.name(), 0, data);
                }
                writer.commit();
            }
        }
        return target;
    }

    /** llama.cpp's converter writes the factors of NVFP4 matrices so; experts have one each. */
    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"attention_bias\": true, \"mlp_bias\": true}", MIXTURE})
    void factorsOfWholeMatricesAreMultipliedIn(String overrides) throws IOException {
        TinyModel model = new TinyModel("scales", TinyModels.LLAMA, overrides);
        Path plain = gguf(model);
        Map<String, float[]> factors = new LinkedHashMap<>();
        Path scaled = edited(plain, "scaled", keys -> {}, all -> {
            for (String name : List.copyOf(all.keySet())) {
                if (name.startsWith("blk.") && name.endsWith(".weight") && !name.endsWith("_norm.weight") || name.equals("output.weight")) {
                    String layer = name.substring(0, name.length() - ".weight".length());
                    float[] own = layer.endsWith("_exps") ? new float[]{0.25f, 2, 0.5f, 1} : new float[]{0.25f};
                    factors.put(name, own);
                    all.put(layer + ".scale", own);
                }
            }
        });
        Path folded = edited(plain, "folded", keys -> {}, all -> factors.forEach((name, own) -> {
            float[] numbers = all.get(name);
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] *= own[(int) ((long) i * own.length / numbers.length)];
            }
        }));
        assertThat(factors).hasSizeGreaterThan(12);
        assertSame(model, folded, scaled);
        assertThat(difference(model, plain, scaled)).isGreaterThan(0.01);
    }

    @ParameterizedTest
    @ValueSource(strings = {"blk.0.attn_sub_norm.weight", "token_embd.scale", "blk.1.attn_norm.scale"})
    void tensorsThatTheFamilyDoesNotComputeWithAreRefused(String name) throws IOException {
        Path path = edited(gguf(llama()), "more", keys -> {}, all -> all.put(name, new float[]{0.5f}));
        assertThatThrownBy(() -> logits(path, new int[]{1})).hasMessageContaining("TENSOR_UNKNOWN").hasMessageContaining(name);
    }

    @Test
    void linearScalingInOldSpellings() throws IOException {
        TinyModel model = llama();
        Path plain = gguf(model);
        Consumer<GgufMetadata> linear = keys -> keys.putString("llama.rope.scaling.type", "linear").putF32("llama.rope.scaling.factor", 4);
        Path scaled = edited(plain, "new", linear, all -> {});
        assertThat(difference(model, plain, scaled)).isGreaterThan(0.01);
        assertSame(model, scaled, edited(plain, "old", keys -> keys.putF32("llama.rope.scale_linear", 4), all -> {}));
        assertSame(model, scaled, edited(plain, "lone", keys -> keys.putF32("llama.rope.scaling.factor", 4), all -> {}));
    }

    @Test
    void valuesThatMeanNothing() throws IOException {
        TinyModel model = llama();
        Path plain = gguf(model);
        assertSame(model, plain, edited(plain, "neutral", keys -> keys.putF32("llama.rope.scaling.factor", 0)
                .putF32("llama.rope.scale_linear", 0).putF32("llama.logit_scale", 1).putBool("llama.attention.causal", true)
                .putU32("llama.expert_count", 0).putU32("llama.expert_used_count", 0).putBool("llama.rope.scaling.finetuned", true),
                all -> {}));
    }

    /** The directory of a GGUF file: the same weights with the configuration made from its keys. */
    private SafetensorsConversion.Plan back(Path gguf, TinyModel model, Path directory) throws IOException {
        try (Gguf file = Gguf.open(gguf)) {
            SafetensorsConversion.Plan plan = SafetensorsConversion.plan(file, Plain.F32);
            model.write(directory);
            Files.writeString(directory.resolve("config.json"), plan.files().get("config.json"));
            return plan;
        }
    }

    @Test
    void magnitudesComeBack() throws IOException {
        TinyModel model = llama();
        Path plain = gguf(model);
        Consumer<GgufMetadata> yarn = keys -> keys.putString("llama.rope.scaling.type", "yarn").putF32("llama.rope.scaling.factor", 4)
                .putU32("llama.rope.scaling.original_context_length", 16);
        Consumer<GgufMetadata> magnitude = keys -> keys.putF32("llama.rope.scaling.attn_factor", 0.7f);
        for (Consumer<GgufMetadata> keys : List.of(magnitude, yarn.andThen(magnitude),
                yarn.andThen(magnitude).andThen(more -> more.putF32("llama.rope.scaling.yarn_attn_factor", 1.3f)))) {
            Path gguf = edited(plain, "magnitude", keys, all -> {});
            Path directory = folder.resolve("back");
            assertThat(back(gguf, model, directory).warnings()).noneMatch(line -> line.contains("rope"));
            assertSame(model, gguf, directory);
            assertThat(difference(model, plain, gguf)).isGreaterThan(0.01);
        }
        Path linear = edited(plain, "linear", magnitude.andThen(keys -> keys.putF32("llama.rope.scaling.factor", 4)), all -> {});
        assertThat(back(linear, model, folder.resolve("linear")).warnings()).anyMatch(line -> line.contains("attn_factor is 0.7"));
    }

    /** Files of llama.cpp do not say whether gpt-oss rounds YaRN's bounds; it does not. */
    @Test
    void boundsOfYarnComeBack() throws IOException {
        TinyModel model = new TinyModel("bounds", TinyModels.GPT_OSS, "{\"head_dim\": 32, \"rope_scaling\": {\"rope_type\": \"yarn\", "
                + "\"factor\": 4.0, \"original_max_position_embeddings\": 16, \"beta_fast\": 4, \"truncate\": false}}");
        Path silent = edited(gguf(model), "silent", keys -> keys.remove("gpt-oss.rope.scaling.yarn_truncate"), all -> {});
        try (ModelSource source = ModelSource.open(silent)) {
            Map<String, Object> config = Architectures.of(source.facts()).config(source.facts(), warning -> {});
            assertThat(config.get("rope_scaling")).asInstanceOf(InstanceOfAssertFactories.MAP).containsEntry("truncate", false);
        }
        assertThat(RunningModel.error(model.logits(), logits(silent, model.tokens()))).isLessThan(TOLERANCE);
    }

    static Stream<TinyModel> all() {
        return TinyModels.ALL.stream().filter(model -> !model.toString().startsWith("gpt-oss")); // not written as directories
    }

    /** Every family in every form, through GGUF and back: whatever its configuration says still counts, or a warning says otherwise. */
    @ParameterizedTest
    @MethodSource("all")
    void everyConfigurationComesBack(TinyModel model) throws IOException {
        Path directory = folder.resolve("back");
        SafetensorsConversion.Plan plan = back(gguf(model), model, directory);
        if (plan.warnings().stream().noneMatch(line -> line.contains("rope_freqs"))) {
            assertThat(plan.warnings()).noneMatch(line -> line.contains("has no place in config.json"));
            assertThat(RunningModel.error(model.logits(), logits(directory, model.tokens()))).isLessThan(TOLERANCE);
        }
    }
}
