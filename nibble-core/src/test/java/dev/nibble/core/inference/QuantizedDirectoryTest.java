package dev.nibble.core.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.LoadOptions;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.E8P;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.layout.ModelFiles;
import dev.nibble.core.layout.QuantizedCheckpoint;
import dev.nibble.core.layout.QuantizedDirectoryWriter;
import dev.nibble.core.layout.WeightLayout;
import dev.nibble.core.layout.WeightLayouts;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.quantization.Aqlm;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.Quip;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A trained model, written in every layout and loaded again: results equal those of its decoded weights, and written bytes are stable. */
@Tag("shared")
class QuantizedDirectoryTest {
    private static final int[] TOKENS = {1, 20, 33, 47, 5, 60, 71, 8, 93, 14, 2, 77, 31, 40, 50, 61};
    private final long seed = Long.getLong("nibble.seed", 42);
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"gptq,INT4-G128,false", "gptq,UINT4-G32-Z,true", "gptq,UINT3-G128-Z-BF16,true", "gptq-v2,UINT4-G64-Z,false",
        "gptq-v2,UINT2-G32-Z,true", "gptq-v2,INT8-G128,false", "awq,UINT4-G128-Z,false", "awq,INT4-G32,false", "bitsandbytes,NF4-B64,false",
        "bitsandbytes,FP4-B128,false", "bitsandbytes,INT8,false", "hqq,UINT4-G64-ZF,false", "hqq,UINT3-G64-ZF-BF16,false",
        "hqq,UINT8-G64-ZF-F32,false", "compressed-tensors,INT4-G128-BF16,false", "compressed-tensors,UINT4-G32-Z,true",
        "compressed-tensors,UINT5-G64-Z-F32,false", "compressed-tensors,FP8-B128,false", "compressed-tensors,NVFP4,false",
        "compressed-tensors,MXFP4,false", "w8a8,INT8-F32-ROW,false", "quip,E8P,false", "aqlm,AQLM-2x6,false", "fp8,FP8-B64,false",
        "modelopt,NVFP4,false"})
    void computesWhatItsWeightsSay(String layoutName, String codecName, boolean reordered) throws IOException {
        Path model = SharedMaterial.path("models/derived/babyllama-105-wide256");
        WeightLayout layout = WeightLayouts.named(layoutName);
        Path quantized = folder.resolve("quantized");
        Path decoded = folder.resolve("decoded");
        write(model, quantized, layout, codecName, reordered);
        decode(quantized, decoded);
        Matrix expected = logits(decoded, "reference", Optional.empty());
        double largest = 0;
        for (float logit : expected.data()) {
            largest = Math.max(largest, Math.abs(logit));
        }
        for (String backend : List.of("reference", "vector")) {
            Matrix found = logits(quantized, backend, Optional.of(codecName));
            for (int i = 0; i < found.data().length; i++) {
                assertThat((double) found.data()[i]).as("%s, logit %d, seed %d", backend, i, seed).isCloseTo(expected.data()[i],
                        within(1e-4 * largest));
            }
        }
        assertThat(Files.mismatch(quantized.resolve("model.safetensors"), writtenAgain(quantized, layout))).isEqualTo(-1);
    }

    private static Codec codec(String name, Shape shape) {
        if (name.equals("INT8")) {
            return new ScaledLevels(LevelTable.INT8, (int) shape.columns());
        }
        if (ofRow(name)) {
            return rowCodec(name, (int) shape.columns());
        }
        return GroupAffine.named(name).map(Codec.class::cast).or(() -> ScaledLevels.named(name)).orElseGet(() -> Codecs.named(name));
    }

    private void write(Path model, Path target, WeightLayout layout, String codecName, boolean reordered) throws IOException {
        try (Checkpoint file = Checkpoints.open(model); Arena arena = Arena.ofConfined()) {
            List<TensorInfo> modules = new ArrayList<>();
            List<TensorInfo> others = new ArrayList<>();
            for (String name : file.names()) {
                TensorInfo info = file.info(name);
                if (name.endsWith("_proj.weight")) {
                    modules.add(new TensorInfo(module(name), codec(codecName, info.shape()), info.shape()));
                } else {
                    others.add(info);
                }
            }
            Map<String, Object> config = layout.config(modules.getFirst().codec(), reordered, List.of("lm_head"));
            try (QuantizedDirectoryWriter writer = QuantizedDirectoryWriter.create(target, ModelFiles.of(model), layout, config, modules,
                    others, false)) {
                for (TensorInfo module : modules) {
                    writer.write(module.name(), rounded(file.tensor(module.name() + ".weight"), module.codec(), reordered, arena));
                }
                for (TensorInfo other : others) {
                    writer.write(other.name(), file.tensor(other.name()));
                }
                writer.commit();
            }
        }
    }

    private static String module(String name) {
        return name.substring(0, name.length() - ".weight".length());
    }

    private static boolean ofRow(String name) {
        return name.equals("E8P") || name.equals("AQLM-2x6") || name.equals("INT8-F32-ROW");
    }

    private static Codec rowCodec(String name, int columns) {
        return switch (name) {
            case "E8P" -> new E8P(columns);
            case "AQLM-2x6" -> AdditiveCodes.unlearned(2, 6, columns);
            default -> new GroupAffine(8, columns, GroupAffine.Zero.NONE, ScaleFormat.F32);
        };
    }

    /** Quantizes by the codec's own algorithm, with equal statistics for all inputs. */
    private static Weight learned(Tensor tensor, Codec codec, Quantizer quantizer) {
        int columns = (int) tensor.columns();
        Matrix matrix = Matrix.of((int) tensor.rows(), columns);
        for (int row = 0; row < matrix.rows(); row++) {
            tensor.decode(row, 0, matrix.data(), matrix.at(row), columns);
        }
        double[] equal = new double[columns * columns];
        for (int i = 0; i < columns; i++) {
            equal[i * columns + i] = 1;
        }
        try (Workers workers = Workers.of(2)) {
            return quantizer.quantize(matrix, codec,
                    Statistics.of(Hessian.ofRows(columns, 1, i -> Arrays.copyOfRange(equal, i * columns + i, (i + 1) * columns))), workers,
                    Arena.ofAuto());
        }
    }

    private Weight rounded(Tensor tensor, Codec codec, boolean reordered, Arena arena) {
        if (codec instanceof E8P) {
            return learned(tensor, codec, Quip.DEFAULT);
        }
        if (codec instanceof AdditiveCodes) {
            return learned(tensor, codec, new Aqlm(0, 0, 1, 1));
        }
        int columns = (int) tensor.columns();
        List<Integer> shuffled = new ArrayList<>(IntStream.range(0, columns).boxed().toList());
        if (reordered) {
            Collections.shuffle(shuffled, new Random(seed));
        }
        int[] order = shuffled.stream().mapToInt(i -> i).toArray();
        MemorySegment data = arena.allocate(codec.bytes(tensor.shape().count()));
        float[] row = new float[columns];
        float[] stored = new float[columns];
        Tensor values = new Tensor(codec, tensor.shape(), data);
        for (long n = 0; n < tensor.rows(); n++) {
            tensor.decode(n, 0, row, 0, columns);
            for (int i = 0; i < columns; i++) {
                stored[i] = row[order[i]];
            }
            codec.encode(stored, 0, columns, Importance.EQUAL, data, n * values.rowBytes());
        }
        return reordered ? new Weight(values, List.of(new Transform.Permutation(order))) : Weight.of(values);
    }

    private static void decode(Path quantized, Path target) throws IOException {
        Files.createDirectories(target);
        String config = Files.readString(quantized.resolve("config.json"));
        Files.writeString(target.resolve("config.json"), config.replace("quantization_config", "was"));
        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json")) {
            Files.copy(quantized.resolve(name), target.resolve(name));
        }
        try (QuantizedCheckpoint file = (QuantizedCheckpoint) QuantizedCheckpoint.open(quantized)) {
            assertThat(file.warnings()).isEmpty();
            List<TensorInfo> infos = file.names().stream().map(name -> new TensorInfo(name, Plain.F32, file.info(name).shape())).toList();
            try (SafetensorsWriter writer = SafetensorsWriter.create(target.resolve("model.safetensors"), Map.of(), infos, false)) {
                for (TensorInfo info : infos) {
                    float[] numbers = new float[(int) info.shape().count()];
                    int columns = (int) info.shape().columns();
                    for (int row = 0; row < info.shape().rows(); row++) {
                        file.weight(info.name()).read(row, numbers, row * columns);
                    }
                    MemorySegment bytes = MemorySegment.ofArray(new byte[4 * numbers.length]);
                    Plain.F32.encode(numbers, 0, numbers.length, Importance.EQUAL, bytes, 0);
                    writer.write(info.name(), 0, bytes);
                }
                writer.commit();
            }
        }
    }

    private Path writtenAgain(Path quantized, WeightLayout layout) throws IOException {
        Path again = folder.resolve("again");
        try (QuantizedCheckpoint file = (QuantizedCheckpoint) QuantizedCheckpoint.open(quantized)) {
            List<TensorInfo> modules = file.names().stream().filter(file::isQuantized)
                    .map(name -> new TensorInfo(module(name), file.info(name).codec(), file.info(name).shape())).toList();
            List<TensorInfo> others = file.names().stream().filter(name -> !file.isQuantized(name)).map(file::info).toList();
            boolean reordered = file.names().stream()
                    .anyMatch(name -> file.isTransformed(name) && file.info(name).codec() instanceof GroupAffine);
            Map<String, Object> config = layout.config(modules.getFirst().codec(), reordered, List.of("lm_head"));
            try (QuantizedDirectoryWriter writer = QuantizedDirectoryWriter.create(again, ModelFiles.of(quantized), layout, config, modules,
                    others,
                    false)) {
                for (TensorInfo module : modules) {
                    writer.write(module.name(), file.weight(module.name() + ".weight"));
                }
                for (TensorInfo other : others) {
                    writer.write(other.name(), file.tensor(other.name()));
                }
                writer.commit();
            }
        }
        return again.resolve("model.safetensors");
    }

    private static Matrix logits(Path directory, String backend, Optional<String> codec) throws IOException {
        try (LoadedModel loaded = LoadedModel.open(directory,
                new LoadOptions(Backends.forced(backend), 2).with(ActivationQuantization.NONE));
                KvCache cache = new KvCache(loaded.kvShape(), Plain.F32, TOKENS.length)) {
            codec.ifPresent(name -> assertThat(loaded.statistics().bytesByKernel().keySet()).as("weights stay as they are")
                    .anyMatch(kernel -> kernel.contains(name.replace("-F32-ROW", "-G"))));
            Matrix hidden = Matrix.of(TOKENS.length, loaded.hidden());
            loaded.forward(Batch.of(cache, TOKENS), hidden);
            Matrix logits = Matrix.of(TOKENS.length, loaded.vocabulary());
            loaded.logits(hidden, logits);
            return logits;
        }
    }
}
