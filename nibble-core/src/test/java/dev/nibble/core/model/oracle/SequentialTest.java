package dev.nibble.core.model.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.calibration.Calibration;
import dev.nibble.core.calibration.CalibrationOptions;
import dev.nibble.core.calibration.CalibrationText;
import dev.nibble.core.calibration.Calibrator;
import dev.nibble.core.calibration.SequentialCalibrator;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.job.LayerQuantizer;
import dev.nibble.core.job.NonFinitePolicy;
import dev.nibble.core.job.Provenance;
import dev.nibble.core.job.QuantizationJob;
import dev.nibble.core.job.QuantizedDirectoryJob;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.quantization.Gptq;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.RoundToNearest;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.recipe.LayerQuantizers;
import dev.nibble.core.recipe.MethodRequest;
import dev.nibble.core.recipe.Methods;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sequential quantization, part by part of a block, against the plain procedure: a whole model is written with all earlier weights
 * quantized, calibrated from the beginning, and the next weights are quantized with its statistics.
 */
class SequentialTest {
    /** The parts of a block, in processing order. */
    private static final List<Pattern> PARTS = List.of(Pattern.compile("attn_(q|k|v|qkv)\\.weight"),
            Pattern.compile("attn_output\\.weight"),
            Pattern.compile("ffn_(gate|up)(_exps|_shexp)?\\.weight"), Pattern.compile("ffn_down(_exps|_shexp)?\\.weight"));
    private static final CalibrationOptions OPTIONS = CalibrationOptions.DEFAULTS.with(Set.of(Hessian.class));

    @TempDir
    private Path folder;

    static List<TinyModel> models() {
        return List.of(tiny("llama", TinyModels.LLAMA, "'num_attention_heads': 4, 'num_key_value_heads': 2, 'intermediate_size': 96"),
                new TinyModel("gpt2", TinyModels.GPT2, "{\"n_embd\": 64, \"n_head\": 4}"),
                tiny("phi3", TinyModels.PHI3, "'num_attention_heads': 4, 'num_key_value_heads': 2, 'intermediate_size': 96"),
                tiny("falcon", TinyModels.FALCON, "'new_decoder_architecture': true, 'num_attention_heads': 4, 'num_kv_heads': 2"),
                tiny("qwen2_moe", TinyModels.LLAMA, "'model_type': 'qwen2_moe', 'num_attention_heads': 4, 'num_key_value_heads': 2,"
                        + "'num_experts': 3, 'num_experts_per_tok': 2, 'moe_intermediate_size': 32,"
                        + "'shared_expert_intermediate_size': 64, 'norm_topk_prob': false"));
    }

    private static TinyModel tiny(String name, String family, String overrides) {
        return new TinyModel("sequential: " + name, family, ("{'hidden_size': 64, " + overrides + "}").replace('\'', '"'));
    }

    private static LoadOptions loading(int threads) {
        return new LoadOptions(Backends.forced("reference"), threads);
    }

    private static CalibrationText text(TinyModel tiny) {
        return new CalibrationText("tiny", List.of(tiny.tokens(), Arrays.copyOfRange(tiny.tokens(), 4, 17)), 0);
    }

    private SequentialCalibrator sequence(Path model, TinyModel tiny, int threads, long memory) throws IOException {
        return SequentialCalibrator.start(model, loading(threads), any -> text(tiny), OPTIONS.withMemory(memory), folder.resolve("states"),
                ProgressListener.SILENT);
    }

    private Path directory(TinyModel tiny, Path model, String name, int threads, long memory) throws IOException {
        MethodRequest request = MethodRequest.of(Methods.named("gptq"), OptionalInt.of(3), OptionalInt.of(32), false, false,
                Optional.empty(), List.of());
        try (ModelSource source = ModelSource.open(model);
                Workers workers = Workers.of(threads);
                SequentialCalibrator sequence = sequence(model, tiny, threads, memory)) {
            new QuantizedDirectoryJob(source, model, request).run(folder.resolve(name), false,
                    LayerQuantizer.sequential(LayerQuantizers.of(Gptq.DEFAULT), sequence, workers), ProgressListener.SILENT);
        }
        return folder.resolve(name);
    }

    private Path gguf(TinyModel tiny, Path model, String name, int threads) throws IOException {
        TypeRequest request = TypeRequest.of(FileTypes.named("Q4_0"));
        try (ModelSource source = ModelSource.open(model);
                Workers workers = Workers.of(threads);
                SequentialCalibrator sequence = sequence(model, tiny, threads, OPTIONS.memory())) {
            new QuantizationJob(source, request, Optional.empty(), NonFinitePolicy.REFUSE,
                    Optional.of(LayerQuantizer.sequential(LayerQuantizers.of(Gptq.DEFAULT), sequence, workers))).run(folder.resolve(name),
                            false,
                            threads, new Provenance("test", "", List.of()), ProgressListener.SILENT);
        }
        return folder.resolve(name);
    }

    /** The file is truncated after opening the model, before any computation. */
    @Test
    void aFileThatShrinksMeanwhileIsNamed() throws IOException {
        TinyModel tiny = models().getFirst();
        Path model = tiny.write(folder.resolve("shrinking"));
        assertThatThrownBy(() -> SequentialCalibrator.start(model, loading(1), any -> {
            Files.newByteChannel(model.resolve("model.safetensors"), StandardOpenOption.WRITE).truncate(0).close();
            return text(tiny);
        }, OPTIONS, folder.resolve("states"), ProgressListener.SILENT)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("FILE_CHANGED");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void everyPartGetsTheInputsThatQuantizedOnesMake(TinyModel tiny) throws IOException {
        Path model = tiny.write(folder.resolve("model"));
        int weights = check(tiny, model, directory(tiny, model, "directory", 2, OPTIONS.memory()));
        assertThat(check(tiny, model, gguf(tiny, model, "tiny.gguf", 2))).isEqualTo(weights);
        Path plain = TinyModel.gguf(model, "plain");
        assertThat(check(tiny, plain, gguf(tiny, plain, "again.gguf", 1))).isEqualTo(weights);
    }

    /** @return number of compared weights */
    private int check(TinyModel tiny, Path model, Path result) throws IOException {
        int compared = 0;
        try (ModelSource original = ModelSource.open(model); ModelSource quantized = ModelSource.open(result)) {
            Map<String, TensorSource> tensors = byName(original);
            Map<String, TensorSource> finalized = byName(quantized);
            for (int block = 0; block < tensors.keySet().stream().filter(name -> name.matches("blk.*attn_output.weight"))
                    .count(); block++) {
                for (Pattern part : PARTS) {
                    String prefix = "blk." + block + ".";
                    List<String> now = finalized.keySet().stream().filter(name -> name.startsWith(prefix)
                            && part.matcher(name.substring(prefix.length())).matches()).toList();
                    try (Calibration found = calibrated(tiny, original.withTensors(List.copyOf(tensors.values())))) {
                        for (String name : now) {
                            compared += check(tensors.get(name), finalized.get(name), found);
                        }
                    }
                    now.forEach(name -> tensors.put(name, finalized.get(name)));
                }
            }
        }
        return compared;
    }

    private static Map<String, TensorSource> byName(ModelSource source) {
        return source.tensors().stream().collect(Collectors.toMap(tensor -> tensor.info().name(), UnaryOperator.identity()));
    }

    /** Calibration of a model of these tensors, written unquantized. */
    private Calibration calibrated(TinyModel tiny, ModelSource mixed) throws IOException {
        Path file = folder.resolve("mixed.gguf");
        TypeRequest request = TypeRequest.of(FileTypes.named("F32"));
        new QuantizationJob(mixed, request, Optional.empty(), NonFinitePolicy.REFUSE).run(file, true, 1,
                new Provenance("test", "", List.of()),
                ProgressListener.SILENT);
        try (Calibrator calibrator = new Calibrator(file, loading(1))) {
            return calibrator.calibrate(text(tiny), OPTIONS, folder.resolve("calibration"), true, ProgressListener.SILENT);
        }
    }

    private static int check(TensorSource original, TensorSource quantized, Calibration found) {
        Shape shape = original.info().shape();
        String layer = original.info().name().replaceFirst("\\.weight$", "");
        int parts = shape.rank() < 3 ? 1 : Math.toIntExact(shape.dimension(0));
        int rows = Math.toIntExact(shape.rows()) / parts;
        for (int part = 0; part < parts; part++) {
            Statistics statistics = found.statistics(parts == 1 ? layer : layer + "." + part).orElseThrow();
            Matrix matrix = matrix(original, part * rows, rows);
            try (Arena arena = Arena.ofConfined(); Workers one = Workers.of(1)) {
                Weight expected = statistics.rows() == 0
                        ? RoundToNearest.DEFAULT.quantize(matrix, quantized.info().codec(), Statistics.NONE, one, arena)
                        : Gptq.DEFAULT.quantize(matrix, quantized.info().codec(), statistics, one, arena);
                float[] numbers = new float[matrix.data().length];
                for (int row = 0; row < rows; row++) {
                    expected.read(row, numbers, row * matrix.columns());
                }
                assertThat(matrix(quantized, part * rows, rows).data()).as(layer + ", part " + part).isEqualTo(numbers);
            }
        }
        return parts;
    }

    private static Matrix matrix(TensorSource tensor, int from, int rows) {
        Matrix matrix = Matrix.of(rows, Math.toIntExact(tensor.info().shape().columns()));
        tensor.read(from, rows, matrix.data(), 0);
        return matrix;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("models")
    void theSameBytesWhateverTheThreadsAndTheMemory(TinyModel tiny) throws IOException {
        Path model = tiny.write(folder.resolve("model"));
        Path one = directory(tiny, model, "one", 1, OPTIONS.memory());
        for (Path other : List.of(directory(tiny, model, "four", 4, OPTIONS.memory()), directory(tiny, model, "narrow", 2, 1))) {
            assertThat(Files.mismatch(one.resolve("model.safetensors"), other.resolve("model.safetensors"))).isEqualTo(-1);
        }
    }

    @Test
    void blocksThatWereLeftAreNotAskedForAgain() throws IOException {
        TinyModel tiny = models().getFirst();
        try (SequentialCalibrator sequence = sequence(tiny.write(folder.resolve("model")), tiny, 1, OPTIONS.memory())) {
            List<String> order = new ArrayList<>(List.of("output", "blk.1.attn_k", "blk.0.ffn_down", "blk.0.ffn_up", "blk.0.attn_output"));
            order.sort(sequence.order());
            assertThat(order).containsExactly("blk.0.attn_output", "blk.0.ffn_up", "blk.0.ffn_down", "blk.1.attn_k", "output");
            assertThat(sequence.statistics("blk.7.attn_k")).isEmpty();
            assertThat(sequence.statistics("blk.1.attn_k").orElseThrow().rows()).isEqualTo(text(tiny).tokens());
            assertThatThrownBy(() -> sequence.statistics("blk.0.ffn_up")).isInstanceOf(IllegalStateException.class);
        }
    }
}
