package dev.nibble.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.layout.WeightLayouts;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.plan.FileType;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TargetTypes;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trained models, quantized to GGUF, transcoded to directories and back: bits and logits are unchanged. */
@Tag("shared")
class GgufTranscodingTest {
    private static final String NARROW = "models/babyllama-105"; // rows of 352, tied output matrix, reordered queries
    private static final String WIDE = "models/derived/babyllama-105-wide256"; // with its own output matrix
    private static final int[] TOKENS = {1, 20, 33, 47, 5, 60, 71, 8, 93, 14, 2, 77, 31, 40, 50, 61};
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"Q4_0,gptq", "Q4_0,gptq-v2", "Q4_0,awq", "Q4_0,compressed-tensors", "Q4_0,torchao", "Q8_0,gptq", "Q8_0,torchao",
        "MXFP4,compressed-tensors", "MXFP4,mxfp4"})
    void thereAndBackAreTheSameBytes(String type, String layout) throws IOException {
        Path gguf = quantized(NARROW, type, Plain.F16.name());
        Path directory = folder.resolve("directory");
        List<String> warnings = new ArrayList<>();
        List<TranscodingJob.Certificate> certificates = new TranscodingJob(gguf, WeightLayouts.named(layout)).run(directory, false,
                warnings::add);
        assertThat(certificates).hasSize(35).allSatisfy(one -> assertThat(one.from()).isEqualTo(type));
        assertThat(certificates.stream().mapToLong(TranscodingJob.Certificate::negative).sum() > 0).isEqualTo(type.equals("Q4_0"));
        assertThat(warnings).isEmpty();
        assertSameLogits(gguf, directory);
        assertSameTensors(gguf, backInGguf(directory));
    }

    @ParameterizedTest
    @CsvSource({"NVFP4,modelopt,F16", "NVFP4,compressed-tensors,F16", "TQ2_0,gptq,F16", "Q5_0,gptq,F32", "IQ4_NL,compressed-tensors,F32",
        "Q4_0,hqq,F32"})
    void embeddingsAndTheOutputMatrixBecomePlainNumbersThatAreTheSame(String type, String layout, String plain) throws IOException {
        Path gguf = quantized(WIDE, type, type);
        Path directory = folder.resolve("directory");
        List<TranscodingJob.Certificate> certificates = new TranscodingJob(gguf, WeightLayouts.named(layout)).run(directory, false,
                warning -> {});
        assertThat(certificates).filteredOn(one -> one.tensor().matches("(token_embd|output)\\.weight")).hasSize(2)
                .allSatisfy(one -> assertThat(one.to()).isEqualTo(plain));
        assertSameLogits(gguf, directory);
    }

    @Test
    void filesOfSeveralTypesSayThemAll() throws IOException {
        Path gguf = folder.resolve("mixed.gguf");
        TypeRequest request = new TypeRequest(FileTypes.named("Q4_0"), true,
                List.of(new TypeRequest.TensorChoice(Pattern.compile("ffn_down"),
                        TargetTypes.named("Q8_0")), new TypeRequest.TensorChoice(Pattern.compile("attn_v"), TargetTypes.named("MXFP4"))),
                List.of(),
                Optional.empty(), Optional.of(Plain.F16), false);
        write(NARROW, request, gguf);
        Path directory = folder.resolve("directory");
        new TranscodingJob(gguf, WeightLayouts.named("compressed-tensors")).run(directory, false, warning -> {});
        assertThat(directory.resolve("config.json")).content().contains("\"format\" : \"mixed-precision\"",
                "\"format\" : \"pack-quantized\"",
                "\"format\" : \"mxfp4-pack-quantized\"", "\"num_bits\" : 8", "\"type\" : \"float\"");
        assertSameLogits(gguf, directory);
        assertThatThrownBy(() -> new TranscodingJob(gguf, WeightLayouts.named("gptq")).run(folder.resolve("refused"), false, warning -> {}))
                .isInstanceOf(UnsupportedException.class).hasMessageContaining("attn_v.weight (MXFP4)").hasMessageContaining("GPTQ holds");
        assertThat(folder.resolve("refused")).doesNotExist();
    }

    @Test
    void refusesWhatHasNoExactForm() throws IOException {
        assertRefused(quantized(WIDE, "Q4_K_M", "Q8_0"), "gptq", "35 of 35 weights", "blk.0.ffn_gate.weight (Q4_K)",
                "Quantize the original");
        assertRefused(quantized(WIDE, "Q4_1", "Q8_0"), "gptq-v2", "(Q4_1)", "not a whole number of steps");
        assertRefused(quantized(WIDE, "Q8_0", "Q8_0"), "awq", "(Q8_0)", "AWQ holds integers of 4 bits");
        assertRefused(quantized(WIDE, "BF16", "BF16"), "gptq", "not quantized");
    }

    private void assertRefused(Path gguf, String layout, String... why) {
        Path directory = folder.resolve("refused");
        assertThatThrownBy(() -> new TranscodingJob(gguf, WeightLayouts.named(layout)).run(directory, true, warning -> {}))
                .isInstanceOf(UnsupportedException.class).hasMessageContainingAll(why);
        assertThat(directory.resolve("model.safetensors")).doesNotExist();
    }

    private Path quantized(String model, String type, String embedding) throws IOException {
        Path gguf = folder.resolve(type + ".gguf");
        FileType fileType = FileTypes.named(type);
        TypeRequest request = new TypeRequest(fileType, !type.equals("Q4_K_M"), List.of(), List.of(), Optional.empty(),
                Optional.of(TargetTypes.named(embedding)), false);
        write(model, request, gguf);
        return gguf;
    }

    private static void write(String model, TypeRequest request, Path gguf) throws IOException {
        try (ModelSource source = ModelSource.open(SharedMaterial.path(model))) {
            run(new QuantizationJob(source, request, Optional.empty(), NonFinitePolicy.REFUSE), source, request, gguf);
        }
    }

    private Path backInGguf(Path directory) throws IOException {
        Path gguf = folder.resolve("back.gguf");
        try (ModelSource source = ModelSource.open(directory)) {
            TypeRequest request = new TypeRequest(FileTypes.named("Q4_0"), false, List.of(), List.of(Pattern.compile("")), Optional.empty(),
                    Optional.empty(), false);
            run(new QuantizationJob(source.inGgufTypes(), request, Optional.empty(), NonFinitePolicy.REFUSE), source, request, gguf);
        }
        return gguf;
    }

    private static void run(QuantizationJob job, ModelSource source, TypeRequest request, Path gguf) throws IOException {
        job.run(gguf, true, 2, new Provenance("test", Provenance.options(request), source.files()), ProgressListener.SILENT);
    }

    private static void assertSameTensors(Path one, Path other) throws IOException {
        try (Checkpoint before = Checkpoints.open(one); Checkpoint after = Checkpoints.open(other)) {
            assertThat(after.names()).isEqualTo(before.names());
            for (String name : before.names()) {
                assertThat(after.info(name)).isEqualTo(before.info(name));
                assertThat(after.tensor(name).data().mismatch(before.tensor(name).data())).as(name).isEqualTo(-1);
            }
        }
    }

    private static void assertSameLogits(Path one, Path other) throws IOException {
        assertThat(logits(other)).isEqualTo(logits(one));
        assertThat(Files.exists(other.resolve("tokenizer.json"))).isTrue();
    }

    private static float[] logits(Path model) throws IOException {
        try (LoadedModel loaded = LoadedModel.open(model,
                new LoadOptions(Backends.forced("reference"), 2).with(ActivationQuantization.NONE));
                KvCache cache = new KvCache(loaded.kvShape(), Plain.F32, TOKENS.length)) {
            Matrix hidden = Matrix.of(TOKENS.length, loaded.hidden());
            loaded.forward(Batch.of(cache, TOKENS), hidden);
            Matrix logits = Matrix.of(TOKENS.length, loaded.vocabulary());
            loaded.logits(hidden, logits);
            return logits.data();
        }
    }
}
