package dev.nibble.core.model.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.LoadOptions;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.KvShape;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.MemoryFaultError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Errors while a model runs: invalid tokens and positions, NaN, truncated files. */
class RunningTest {
    private static final long PAGE = 4096;

    @TempDir
    Path folder;

    private static TinyModel llama() {
        return new TinyModel("running", TinyModels.LLAMA, "{}");
    }

    private static void refused(RunningModel running, KvCache cache, int[] tokens, String... mentions) {
        int before = cache.length();
        assertThatThrownBy(() -> running.compute(Batch.of(cache, tokens))).isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(mentions));
        assertThat(cache.length()).isEqualTo(before);
    }

    @Test
    void tokensMustBeInTheVocabulary() throws IOException {
        TinyModel model = llama();
        try (RunningModel running = new RunningModel(model.write(folder), "reference");
                KvCache cache = running.cache(Plain.F32, model.length())) {
            running.compute(Batch.of(cache, Arrays.copyOf(model.tokens(), 5)));
            refused(running, cache, new int[]{3, 67}, "token 67", "67");
            refused(running, cache, new int[]{-1}, "token -1");
            float[][] rest = running.compute(Batch.of(cache, Arrays.copyOfRange(model.tokens(), 5, model.length())));
            assertThat(RunningModel.error(Arrays.copyOfRange(model.logits(), 5, model.length()), rest)).isLessThan(1e-5);
        }
    }

    @Test
    void tokensMustFitTheCache() throws IOException {
        TinyModel model = llama();
        try (RunningModel running = new RunningModel(model.write(folder), "reference"); KvCache cache = running.cache(Plain.F32, 20)) {
            refused(running, cache, model.tokens(), "21", "20");
            running.compute(Batch.of(cache, Arrays.copyOf(model.tokens(), 20)));
            refused(running, cache, new int[]{1}, "1 token", "20");
        }
    }

    /** A sequence that does not fit in a batch leaves the others unchanged. */
    @Test
    void allSequencesMustFit() throws IOException {
        TinyModel model = llama();
        try (RunningModel running = new RunningModel(model.write(folder), "reference");
                KvCache wide = running.cache(Plain.F32, 20);
                KvCache narrow = running.cache(Plain.F32, 2)) {
            Batch batch = new Batch(List.of(new Batch.Run(wide, new int[]{1, 2, 3}), new Batch.Run(narrow, new int[]{1, 2, 3})));
            assertThatThrownBy(() -> running.compute(batch)).isInstanceOf(IllegalArgumentException.class);
            assertThat(wide.length()).isZero();
            assertThat(narrow.length()).isZero();
        }
    }

    @Test
    void cacheMustBeOfTheModel() throws IOException {
        TinyModel model = llama();
        try (RunningModel running = new RunningModel(model.write(folder), "reference");
                KvCache other = new KvCache(new KvShape(2, 1, 8), Plain.F32, 20)) {
            refused(running, other, model.tokens(), "cache");
        }
    }

    @Test
    void learnedPositionsEnd() throws IOException {
        TinyModel gpt2 = new TinyModel("positions", TinyModels.GPT2, "{\"n_positions\": 21, \"n_ctx\": 21}");
        TinyModel opt = new TinyModel("positions", TinyModels.OPT, "{\"max_position_embeddings\": 21}");
        for (TinyModel model : List.of(gpt2, opt)) {
            try (RunningModel running = new RunningModel(model.write(folder.resolve(model.config().get("model_type").asString())),
                    "reference"); KvCache cache = running.cache(Plain.F32, 40)) {
                running.compute(Batch.of(cache, model.tokens()));
                refused(running, cache, new int[]{1}, "position 21", "21");
            }
        }
    }

    @Test
    void statesMustBeOfTheRightShape() throws IOException {
        TinyModel model = llama();
        try (RunningModel running = new RunningModel(model.write(folder), "reference"); KvCache cache = running.cache(Plain.F32, 20)) {
            LoadedModel loaded = running.loaded();
            assertThatThrownBy(() -> loaded.forward(Batch.of(cache, 1, 2), Matrix.of(1, 40))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> loaded.forward(Batch.of(cache, 1, 2), Matrix.of(2, 41))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> loaded.logits(Matrix.of(2, 40), Matrix.of(2, 66))).isInstanceOf(IllegalArgumentException.class);
            assertThat(running.compute(Batch.of(cache))).isEmpty();
        }
    }

    static Stream<String> backends() {
        return Backends.detect().usable().stream().map(Backend::name);
    }

    /** A NaN weight makes logits NaN, in mixtures too, without other effects. */
    @ParameterizedTest
    @MethodSource("backends")
    void notANumberComesThrough(String backend) throws IOException {
        for (String tensor : List.of("model.layers.1.input_layernorm.weight", "model.layers.1.block_sparse_moe.gate.weight")) {
            TinyModel model = new TinyModel("nan", TinyModels.LLAMA,
                    "{\"model_type\": \"mixtral\", \"num_local_experts\": 4, \"num_experts_per_tok\": 2}");
            model.tensors().get(tensor).values()[0] = Float.NaN;
            try (RunningModel running = new RunningModel(model.write(folder.resolve(tensor)), backend);
                    KvCache cache = running.cache(Plain.F32, model.length())) {
                float[][] logits = running.compute(Batch.of(cache, model.tokens()));
                assertThat(logits[model.length() - 1]).containsOnly(Float.NaN);
            }
        }
    }

    /** Bit-identical results in a mixture with windows, at once and token by token. */
    @ParameterizedTest
    @MethodSource("backends")
    void threadsChangeNothing(String backend) throws IOException {
        TinyModel model = new TinyModel("threads", TinyModels.LLAMA, "{\"model_type\": \"mixtral\", \"num_local_experts\": 4, "
                + "\"num_experts_per_tok\": 2, \"sliding_window\": 5, \"intermediate_size\": 640}");
        Path directory = model.write(folder);
        List<float[][]> found = new ArrayList<>();
        for (int threads : new int[]{1, 3}) {
            try (RunningModel running = new RunningModel(directory, backend, threads);
                    KvCache cache = running.cache(Plain.F32, model.length())) {
                found.add(running.inChunks(cache, model.tokens(), 11));
            }
        }
        assertThat(found.get(1)).isDeepEqualTo(found.get(0));
    }

    static Stream<Arguments> backendsAndThreads() {
        return backends().flatMap(backend -> Stream.of(1, 3).map(threads -> Arguments.of(backend, threads)));
    }

    /** The last page is truncated, with weights of the last block: every product with them reports it, in kernels too. */
    @ParameterizedTest
    @MethodSource("backendsAndThreads")
    void fileThatShrinksIsNoticed(String backend, int threads) throws IOException {
        TinyModel model = new TinyModel("shrinking", TinyModels.LLAMA,
                "{\"hidden_size\": 64, \"num_attention_heads\": 4, \"intermediate_size\": 640}");
        Path gguf = TinyModel.gguf(model.write(folder.resolve(backend + threads)), "model");
        try (LoadedModel loaded = LoadedModel.open(gguf, new LoadOptions(Backends.forced(backend), threads));
                KvCache cache = new KvCache(loaded.kvShape(), Plain.F32, 20)) {
            Matrix hidden = Matrix.of(3, loaded.hidden());
            loaded.forward(Batch.of(cache, 1, 2, 3), hidden);
            try (FileChannel channel = FileChannel.open(gguf, StandardOpenOption.WRITE)) {
                channel.truncate((channel.size() - 1) / PAGE * PAGE);
                for (int attempt = 0; attempt < 2; attempt++) {
                    assertNoticed(() -> loaded.forward(Batch.of(cache, 1, 2, 3), hidden), gguf, backend);
                    assertThat(cache.length()).isEqualTo(3);
                }
                channel.truncate(PAGE);
                assertNoticed(() -> loaded.logits(hidden, Matrix.of(3, loaded.vocabulary())), gguf, backend);
            }
        }
    }

    private static void assertNoticed(ThrowingCallable computation, Path gguf, String backend) {
        assertThatThrownBy(computation).isInstanceOf(MalformedFileException.class).hasMessageContaining("FILE_CHANGED")
                .hasMessageContaining(gguf.toString())
                .satisfies(e -> assertThat(e.getCause() instanceof MemoryFaultError).as(e.getCause().getMessage())
                        .isEqualTo(backend.startsWith("x86")));
    }
}
