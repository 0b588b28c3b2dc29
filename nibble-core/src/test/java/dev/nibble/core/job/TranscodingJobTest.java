package dev.nibble.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.layout.ConfigPart;
import dev.nibble.core.layout.ModelFiles;
import dev.nibble.core.layout.QuantizedDirectoryWriter;
import dev.nibble.core.layout.WeightLayout;
import dev.nibble.core.layout.WeightLayouts;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TranscodingJobTest {
    private static final Shape SHAPE = Shape.of(64, 128);
    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);
    @TempDir
    Path folder;

    @BeforeEach
    void model() throws IOException {
        Files.createDirectories(folder.resolve("base"));
        Files.writeString(folder.resolve("base/config.json"), "{\"model_type\": \"llama\", \"hidden_size\": 128}");
        Files.writeString(folder.resolve("base/tokenizer.json"), "{}");
    }

    @ParameterizedTest
    @CsvSource({"gptq,gptq-v2,false", "gptq-v2,awq,false", "awq,gptq,false", "awq,compressed-tensors,false", "compressed-tensors,awq,false",
        "gptq,compressed-tensors,true", "compressed-tensors,gptq-v2,true"})
    void thereAndBackAreTheSameBytes(String from, String to, boolean reordered) throws IOException {
        Path source = write(from, reordered, GroupAffine.of(4, 32, Zero.INTEGER), GroupAffine.of(4, 32, Zero.NONE));
        List<TranscodingJob.Certificate> certificates = new TranscodingJob(source, WeightLayouts.named(to)).run(folder.resolve("there"),
                false, warning -> {});
        assertThat(certificates).hasSize(2).allSatisfy(certificate -> assertThat(certificate.numbers()).isEqualTo(SHAPE.count()));
        new TranscodingJob(folder.resolve("there"), WeightLayouts.named(from)).run(folder.resolve("back"), false, warning -> {});
        assertThat(Files.mismatch(source.resolve("model.safetensors"), folder.resolve("back/model.safetensors"))).as("seed %d", seed)
                .isEqualTo(-1);
        assertThat(folder.resolve("there/tokenizer.json")).exists();
        assertThat(folder.resolve("there/config.json")).content().contains("\"hidden_size\" : 128", "quantization_config");
    }

    @ParameterizedTest
    @CsvSource({"4,32,8,32", "4,32,4,64", "8,128,4,32"})
    void layersOfOtherBitsAndGroupsAreSaidInTheConfiguration(int bits, int group, int otherBits, int otherGroup) throws IOException {
        Path source = folder.resolve("mixed");
        WeightLayout gptq = WeightLayouts.named("gptq");
        List<Codec> codecs = List.of(GroupAffine.of(bits, group, Zero.NONE), GroupAffine.of(otherBits, otherGroup, Zero.NONE),
                GroupAffine.of(bits, group, Zero.NONE));
        List<TensorInfo> modules = List.of(new TensorInfo("a.q_proj", codecs.get(0), SHAPE),
                new TensorInfo("a.k_proj", codecs.get(1), SHAPE), new TensorInfo("a.v_proj", codecs.get(2), SHAPE));
        List<ConfigPart> parts = List.of(new ConfigPart(gptq.config(codecs.get(0), false, List.of()), List.of("a.q_proj", "a.v_proj")),
                new ConfigPart(gptq.config(codecs.get(1), false, List.of()), List.of("a.k_proj")));
        try (QuantizedDirectoryWriter writer = QuantizedDirectoryWriter.create(source, ModelFiles.of(folder.resolve("base")), gptq, parts,
                modules,
                List.of(), false)) {
            for (TensorInfo module : modules) {
                writer.write(module.name(), weight(module.codec(), false));
            }
            writer.commit();
        }
        assertThat(new TranscodingJob(source, WeightLayouts.named("compressed-tensors")).run(folder.resolve("there"), false, warning -> {}))
                .hasSize(3);
        assertThat(folder.resolve("there/config.json")).content().contains("\"num_bits\" : " + bits, "\"num_bits\" : " + otherBits,
                "group_0", "group_1");
        new TranscodingJob(folder.resolve("there"), gptq).run(folder.resolve("back"), false, warning -> {});
        assertThat(Files.mismatch(source.resolve("model.safetensors"), folder.resolve("back/model.safetensors"))).isEqualTo(-1);
        assertThat(Files.readString(folder.resolve("back/config.json"))).isEqualTo(Files.readString(source.resolve("config.json")));
        assertRefused(source, "torchao", "the same bits and groups for all layers, but a.k_proj");
    }

    @Test
    void aScaleForAWholeRowIsOneWhateverItsLength() throws IOException {
        Path source = folder.resolve("rows");
        WeightLayout gptq = WeightLayouts.named("gptq");
        List<TensorInfo> modules = List.of(new TensorInfo("a.q_proj", GroupAffine.of(8, 128, Zero.NONE), SHAPE),
                new TensorInfo("a.k_proj", GroupAffine.of(8, 256, Zero.NONE), Shape.of(32, 256)));
        Map<String, Object> config = new LinkedHashMap<>(gptq.config(modules.getFirst().codec(), false, List.of()));
        config.put("group_size", -1);
        try (QuantizedDirectoryWriter writer = QuantizedDirectoryWriter.create(source, ModelFiles.of(folder.resolve("base")), gptq, config,
                modules,
                List.of(), false)) {
            for (TensorInfo module : modules) {
                writer.write(module.name(), weight(module.codec(), module.shape(), false));
            }
            writer.commit();
        }
        new TranscodingJob(source, WeightLayouts.named("gptq-v2")).run(folder.resolve("v2"), false, warning -> {});
        assertThat(folder.resolve("v2/config.json")).content().contains("\"group_size\" : -1").doesNotContain("dynamic");
        List<String> warnings = new ArrayList<>();
        new TranscodingJob(source, WeightLayouts.named("w8a8")).run(folder.resolve("w8a8"), false, warnings::add);
        assertThat(warnings).singleElement().asString().contains("2 layers (a.k_proj",
                "were not quantized, and are quantized token by token",
                "in w8a8");
        assertThat(folder.resolve("w8a8/config.json")).content().contains("\"strategy\" : \"channel\"").doesNotContain("group_1");
        new TranscodingJob(source, WeightLayouts.named("compressed-tensors")).run(folder.resolve("ct"), false, warning -> {});
        assertThat(folder.resolve("ct/config.json")).content().contains("\"strategy\" : \"channel\"")
                .doesNotContain("group_size", "group_1");
        assertThat(new TranscodingJob(source, WeightLayouts.named("torchao")).run(folder.resolve("torchao"), false, warning -> {}))
                .hasSize(2);
    }

    /** The weights of W8A8 with static scales fit GPTQ's layout, the scales do not. */
    @Test
    void warnsOfStaticScalesThatAreLost() throws IOException {
        Path source = folder.resolve("static");
        WeightLayout layout = WeightLayouts.named("w8a8-static");
        TensorInfo module = new TensorInfo("a.q_proj", GroupAffine.of(8, 128, Zero.NONE), SHAPE);
        try (QuantizedDirectoryWriter writer = QuantizedDirectoryWriter.create(source, ModelFiles.of(folder.resolve("base")), layout,
                layout.wholeRows(layout.config(module.codec(), false, List.of())), List.of(module), List.of(), false)) {
            writer.write(module.name(), weight(module.codec(), SHAPE, false).with(new ActivationQuantization.PerTensor(0.25f, 0)));
            writer.commit();
        }
        List<String> warnings = new ArrayList<>();
        new TranscodingJob(source, WeightLayouts.named("gptq")).run(folder.resolve("gptq"), false, warnings::add);
        assertThat(warnings).singleElement().asString().contains("1 layers (a.q_proj",
                "were quantized with static scales, and are not quantized in gptq");
    }

    @Test
    void movesTheFactorOfATensor() throws IOException {
        Path source = write("modelopt", false, NVFP4.NVFP4, NVFP4.NVFP4); // with a factor of 0.25, whose reciprocal is exact
        assertThat(new TranscodingJob(source, WeightLayouts.named("compressed-tensors")).run(folder.resolve("there"), false, warning -> {}))
                .hasSize(2);
        new TranscodingJob(folder.resolve("there"), WeightLayouts.named("modelopt")).run(folder.resolve("back"), false, warning -> {});
        assertThat(Files.mismatch(source.resolve("model.safetensors"), folder.resolve("back/model.safetensors"))).isEqualTo(-1);
    }

    @Test
    void refusesWhatTheTargetCannotHold() throws IOException {
        Path levels = write("bitsandbytes", false, new ScaledLevels(LevelTable.NF4, 64), new ScaledLevels(LevelTable.NF4, 64));
        assertRefused(levels, "gptq", "NF4-B64");
        Path reordered = write("gptq", true, GroupAffine.of(4, 32, Zero.INTEGER), GroupAffine.of(4, 32, Zero.INTEGER));
        assertRefused(reordered, "awq", "act-order");
        Path three = write("gptq-v2", false, GroupAffine.of(3, 32, Zero.INTEGER), GroupAffine.of(3, 32, Zero.INTEGER));
        assertRefused(three, "awq", "4 bits");
        assertThatThrownBy(() -> new TranscodingJob(three, WeightLayouts.named("gptq")).run(three, true, warning -> {}))
                .hasMessageContaining("is the model itself");
    }

    /** The file is truncated after some weights, before the next one or before unquantized tensors. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aFileThatShrinksMeanwhileIsNamed(int weightsBefore) throws IOException {
        Path source = write("gptq", false, GroupAffine.of(4, 32, Zero.INTEGER), GroupAffine.of(4, 32, Zero.NONE));
        Path weights = source.resolve("model.safetensors");
        WeightLayout cutting = cuttingOff(weights, weightsBefore);
        assertThatThrownBy(() -> new TranscodingJob(source, cutting).run(folder.resolve("there"), false, warning -> {}))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining("FILE_CHANGED");
        assertThat(folder.resolve("there/model.safetensors")).doesNotExist();
    }

    /** A layout that truncates a file after writing some weights. */
    private static WeightLayout cuttingOff(Path file, int weights) {
        WeightLayout layout = WeightLayouts.named("gptq-v2");
        AtomicInteger written = new AtomicInteger();
        return (WeightLayout) Proxy.newProxyInstance(WeightLayout.class.getClassLoader(), new Class<?>[]{WeightLayout.class},
                (_, method, arguments) -> {
                    Object result = method.invoke(layout, arguments);
                    if (method.getName().equals("write") && written.incrementAndGet() == weights) {
                        Files.newByteChannel(file, StandardOpenOption.WRITE).truncate(0).close();
                    }
                    return result;
                });
    }

    private void assertRefused(Path source, String target, String why) {
        Path out = folder.resolve("refused");
        assertThatThrownBy(() -> new TranscodingJob(source, WeightLayouts.named(target)).run(out, true, warning -> {}))
                .isInstanceOf(UnsupportedException.class).hasMessageContaining(why);
        assertThat(out.resolve("model.safetensors")).doesNotExist();
    }

    private Path write(String layoutName, boolean reordered, Codec first, Codec second) throws IOException {
        Path directory = folder.resolve("source-" + layoutName + first.name());
        WeightLayout layout = WeightLayouts.named(layoutName);
        List<TensorInfo> modules = List.of(new TensorInfo("a.q_proj", first, SHAPE), new TensorInfo("a.k_proj", second, SHAPE));
        TensorInfo norm = new TensorInfo("a.norm.weight", Plain.F32, Shape.of(3));
        try (QuantizedDirectoryWriter writer = QuantizedDirectoryWriter.create(directory, ModelFiles.of(folder.resolve("base")), layout,
                layout.config(first, reordered, List.of()), modules, List.of(norm), false)) {
            writer.write("a.q_proj", weight(first, reordered));
            writer.write("a.k_proj", weight(second, reordered));
            writer.write("a.norm.weight", new Tensor(Plain.F32, Shape.of(3), MemorySegment.ofArray(new byte[12])));
            writer.commit();
        }
        return directory;
    }

    private Weight weight(Codec codec, boolean reordered) {
        return weight(codec, SHAPE, reordered);
    }

    private Weight weight(Codec codec, Shape shape, boolean reordered) {
        float[] numbers = new float[(int) shape.count()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (random.nextGaussian() + (codec.equals(NVFP4.NVFP4) ? 2 : 0));
        }
        MemorySegment data = MemorySegment.ofArray(new byte[(int) codec.bytes(numbers.length)]);
        for (int row = 0; row < shape.rows(); row++) {
            int columns = (int) shape.columns();
            codec.encode(numbers, row * columns, columns, Importance.EQUAL, data, codec.bytes((long) row * columns));
        }
        Tensor values = new Tensor(codec, shape, data);
        if (codec.equals(NVFP4.NVFP4)) {
            float[] factors = new float[(int) shape.columns()];
            Arrays.fill(factors, 0.25f);
            return new Weight(values, List.of(new Transform.ChannelScale(factors)));
        }
        int[] order = new int[(int) shape.columns()];
        for (int i = 0; i < order.length; i++) {
            order[i] = (i * 5 + 3) % order.length;
        }
        return reordered ? new Weight(values, List.of(new Transform.Permutation(order))) : Weight.of(values);
    }
}
