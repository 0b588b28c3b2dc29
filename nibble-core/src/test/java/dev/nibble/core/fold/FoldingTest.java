package dev.nibble.core.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.LoadOptions;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folded models compute the same function. */
@Tag("shared")
class FoldingTest {
    private static final LoadOptions OPTIONS = LoadOptions.defaults().withThreads(2);

    @TempDir
    private Path folder;

    private static float[] logits(LoadedModel model) {
        int[] tokens = IntStream.range(1, 31).map(i -> i * 7 % Math.min(model.vocabulary(), 100)).toArray();
        try (KvCache cache = new KvCache(model.kvShape(), Plain.F32, tokens.length)) {
            Matrix state = Matrix.of(tokens.length, model.hidden());
            model.forward(Batch.of(cache, tokens), state);
            Matrix logits = Matrix.of(tokens.length, model.vocabulary());
            model.logits(state, logits);
            return logits.data();
        }
    }

    private static Function<String, float[]> vectors(ModelSource source) {
        return name -> {
            TensorSource tensor = source.tensors().stream().filter(any -> any.info().name().equals(name)).findFirst().orElseThrow();
            float[] numbers = new float[(int) tensor.info().shape().count()];
            tensor.read(0, (int) tensor.info().shape().rows(), numbers, 0);
            return numbers;
        };
    }

    private float[] folded(ModelSource source, Folding folding) throws IOException {
        List<TensorSource> tensors = folding.apply(source.tensors());
        Path file = folder.resolve("folded.gguf");
        List<TensorInfo> infos = tensors.stream().map(tensor -> new TensorInfo(tensor.info().name(), Plain.F32, tensor.info().shape()))
                .toList();
        try (GgufWriter writer = GgufWriter.create(file, source.metadata(), infos, true)) {
            for (TensorSource tensor : tensors) {
                int rows = (int) tensor.info().shape().rows();
                int columns = (int) tensor.info().shape().columns();
                for (int row = 0; row < rows; row++) { // row by row: results must not depend on the order of reads
                    float[] numbers = new float[columns];
                    tensor.read(row, 1, numbers, 0);
                    MemorySegment bytes = MemorySegment.ofArray(new byte[4 * columns]);
                    Plain.F32.encode(numbers, 0, columns, Importance.EQUAL, bytes, 0);
                    writer.write(tensor.info().name(), 4L * row * columns, bytes);
                }
            }
            writer.commit();
        }
        try (LoadedModel model = LoadedModel.open(file, OPTIONS)) {
            return logits(model);
        }
    }

    private static void assertClose(float[] found, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(2e-3f * Math.max(1, Math.abs(expected[i]))));
        }
    }

    @ParameterizedTest
    @CsvSource({"stories260K, 15", "derived/stories260K-as-phi3, 15", "gpt2-shakespeare-adi, 12", "opt-wine-smollgpt, 16",
        "derived/stories260K-attention-bias, 15", "derived/stories260K-as-qwen2, 15"})
    void scalesPassThrough(String name, int expectedGroups) throws IOException {
        Path path = SharedMaterial.path("models/" + name);
        try (LoadedModel model = LoadedModel.open(path, OPTIONS); ModelSource source = ModelSource.open(path)) {
            Folding folding = new Folding();
            SplittableRandom random = new SplittableRandom(5);
            int groups = 0;
            for (SharedInputGroup group : model.inputGroups()) {
                if (group.producer() instanceof SharedInputGroup.Producer.Unfoldable) {
                    assertThatThrownBy(() -> folding.scale(group, new float[0])).hasMessageContaining("cannot be scaled");
                    continue;
                }
                long columns = source.tensors().stream()
                        .filter(tensor -> tensor.info().name().equals(group.layers().getFirst() + ".weight"))
                        .findFirst().orElseThrow().info().shape().columns();
                float[] scale = new float[(int) columns];
                for (int i = 0; i < scale.length; i++) {
                    scale[i] = (float) Math.exp(random.nextDouble(-2, 2));
                }
                folding.scale(group, scale);
                groups++;
            }
            assertThat(groups).isGreaterThanOrEqualTo(expectedGroups);
            assertClose(folded(source, folding), logits(model));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "babyllama-105", "derived/stories260K-as-mistral", "derived/babyllama-105-wide256",
        "derived/stories260K-as-qwen2", "derived/stories260K-attention-bias"})
    void rotationsPassThrough(String name) throws IOException {
        Path path = SharedMaterial.path("models/" + name);
        try (LoadedModel model = LoadedModel.open(path, OPTIONS); ModelSource source = ModelSource.open(path)) {
            Folding folding = new Folding().rotate(model.facts(), model.inputGroups(), vectors(source), 11);
            assertClose(folded(source, folding), logits(model));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-shakespeare-adi", "derived/stories260K-as-phi3"})
    void refusesWhatCannotBeRotated(String name) throws IOException {
        Path path = SharedMaterial.path("models/" + name);
        try (LoadedModel model = LoadedModel.open(path, OPTIONS); ModelSource source = ModelSource.open(path)) {
            assertThatThrownBy(() -> new Folding().rotate(model.facts(), model.inputGroups(), vectors(source), 11))
                    .hasMessageContaining("cannot be rotated");
        }
    }
}
