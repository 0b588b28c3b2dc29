package dev.nibble.core.model.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family computes the same as transformers, at once or step by step, alone or in a batch, from either file format. */
class OracleTest {
    private static final double TOLERANCE = 1e-5;
    private static final Map<String, Double> LARGEST_BY_CACHE = new HashMap<>();
    private static double largest;

    @TempDir
    static Path folder;

    private static final Map<TinyModel, Path> DIRECTORIES = new HashMap<>();
    private static final Map<String, RunningModel> RUNNING = new HashMap<>();

    @BeforeAll
    static void writeAll() throws IOException {
        for (TinyModel model : TinyModels.ALL) {
            DIRECTORIES.put(model, model.write(folder.resolve("model" + DIRECTORIES.size())));
        }
    }

    @AfterAll
    static void report() {
        System.out.println("OracleTest: " + TinyModels.ALL.size() + " models, largest relative error " + largest + ", with smaller caches "
                + LARGEST_BY_CACHE);
        RUNNING.values().forEach(RunningModel::close);
        RUNNING.clear();
        DIRECTORIES.clear();
    }

    private static RunningModel running(TinyModel model, String backend) throws IOException {
        String key = model + backend;
        if (!RUNNING.containsKey(key)) {
            RUNNING.put(key, new RunningModel(DIRECTORIES.get(model), backend));
        }
        return RUNNING.get(key);
    }

    static Stream<Arguments> modelsAndBackends() {
        return TinyModels.ALL.stream()
                .flatMap(model -> Backends.detect().usable().stream().map(Backend::name).map(backend -> Arguments.of(model, backend)));
    }

    private static void check(TinyModel model, float[][] found) {
        double error = RunningModel.error(model.logits(), found);
        largest = Math.max(largest, error);
        assertThat(error).isLessThan(TOLERANCE);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("modelsAndBackends")
    void directoryGivesTheLogitsOfTheOracle(TinyModel model, String backend) throws IOException {
        RunningModel running = running(model, backend);
        try (KvCache cache = running.cache(Plain.F32, model.length())) {
            check(model, running.compute(Batch.of(cache, model.tokens())));
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("modelsAndBackends")
    void ggufGivesTheLogitsOfTheOracle(TinyModel model, String backend) throws IOException {
        Path gguf = TinyModel.gguf(DIRECTORIES.get(model), backend);
        try (RunningModel running = new RunningModel(gguf, backend); KvCache cache = running.cache(Plain.F32, model.length())) {
            check(model, running.compute(Batch.of(cache, model.tokens())));
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("modelsAndBackends")
    void stepsAndChunksGiveTheSame(TinyModel model, String backend) throws IOException {
        RunningModel running = running(model, backend);
        for (int chunk : new int[]{1, 4, 20}) {
            try (KvCache cache = running.cache(Plain.F32, model.length())) {
                check(model, running.inChunks(cache, model.tokens(), chunk));
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("modelsAndBackends")
    void cutAndContinuedGivesTheSame(TinyModel model, String backend) throws IOException {
        RunningModel running = running(model, backend);
        try (KvCache cache = running.cache(Plain.F32, model.length())) {
            int[] other = Arrays.copyOf(model.tokens(), model.length());
            Arrays.fill(other, 9, other.length, 3);
            running.compute(Batch.of(cache, other));
            cache.truncate(9);
            int[] rest = Arrays.copyOfRange(model.tokens(), 9, model.length());
            float[][] found = running.compute(Batch.of(cache, rest));
            double error = RunningModel.error(Arrays.copyOfRange(model.logits(), 9, model.length()), found);
            assertThat(error).isLessThan(TOLERANCE);
        }
    }

    /** Three sequences of different lengths, each continued in a second batch. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("modelsAndBackends")
    void batchGivesEachSequenceItsOwn(TinyModel model, String backend) throws IOException {
        int[] all = model.tokens();
        int[][] texts = {all, Arrays.copyOfRange(all, 3, 10), Arrays.copyOfRange(all, 5, 19)};
        int[] first = {13, 1, 6};
        RunningModel running = running(model, backend);
        try (KvCache a = running.cache(Plain.F32, model.length());
                KvCache b = running.cache(Plain.F32, texts[1].length);
                KvCache c = running.cache(Plain.F32, texts[2].length)) {
            List<KvCache> caches = List.of(a, b, c);
            float[][] start = running.compute(batch(caches, texts, new int[3], first));
            float[][] end = running.compute(batch(caches, texts, first, new int[]{all.length, texts[1].length, texts[2].length}));
            int atStart = 0;
            int atEnd = 0;
            for (int i = 0; i < texts.length; i++) {
                int rest = texts[i].length - first[i];
                float[][] found = Stream.concat(Arrays.stream(start, atStart, atStart + first[i]), Arrays.stream(end, atEnd, atEnd + rest))
                        .toArray(float[][]::new);
                assertThat(RunningModel.error(model.oracle().logits(texts[i]), found)).as("sequence " + i).isLessThan(TOLERANCE);
                atStart += first[i];
                atEnd += rest;
            }
        }
    }

    private static Batch batch(List<KvCache> caches, int[][] texts, int[] from, int[] to) {
        return new Batch(Stream.iterate(0, i -> i < texts.length, i -> i + 1)
                .map(i -> new Batch.Run(caches.get(i), Arrays.copyOfRange(texts[i], from[i], to[i]))).toList());
    }

    /** Dense models only: in mixtures the choice of an expert may change. */
    static Stream<Arguments> caches() {
        return modelsAndBackends().filter(pair -> !((TinyModel) pair.get()[0]).isMixture())
                .flatMap(pair -> Stream.of(Plain.F16, Q8_0.Q8_0)
                        .filter(codec -> ((TinyModel) pair.get()[0]).headSize() % codec.blockSize() == 0)
                        .map(codec -> Arguments.of(pair.get()[0], pair.get()[1], codec)));
    }

    /** A KV cache with 11-bit mantissas changes logits by less than a hundredth, one of 8 bits by less than a twentieth. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("caches")
    void smallerCacheIsClose(TinyModel model, String backend, Codec codec) throws IOException {
        RunningModel running = running(model, backend);
        try (KvCache cache = running.cache(codec, model.length())) {
            double error = RunningModel.error(model.logits(), running.inChunks(cache, model.tokens(), 6));
            LARGEST_BY_CACHE.merge(codec.name(), error, Math::max);
            assertThat(error).isLessThan(codec.equals(Plain.F16) ? 1e-2 : 5e-2);
        }
    }
}
