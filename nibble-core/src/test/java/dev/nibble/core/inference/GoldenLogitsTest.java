package dev.nibble.core.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.LoadOptions;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Logits of small trained models on every backend, against a reference in 64-bit floats. */
@Tag("shared")
class GoldenLogitsTest {
    private static final double TOLERANCE = 1e-4;

    static Stream<Arguments> modelsAndBackends() {
        List<String> models = List.of("stories260K", "babyllama-105", "tinystories-656k", "gpt2-shakespeare-adi", "gpt2-char-jain",
                "opt-wine-smollgpt", "derived/babyllama-105-wide256", "derived/tinystories-656k-wide256", "derived/stories260K-as-mistral",
                "derived/stories260K-as-phi3", "derived/stories260K-as-qwen2", "derived/stories260K-attention-bias");
        return models.stream()
                .flatMap(model -> Backends.detect().usable().stream().map(Backend::name).map(backend -> Arguments.of(model, backend)));
    }

    @ParameterizedTest
    @MethodSource("modelsAndBackends")
    void givesTheLogitsOfTheReference(String model, String backend) throws IOException {
        Path directory = SharedMaterial.path("models/" + model);
        Json golden = Json.read(directory.resolve("golden.json"), Json.Limits.CONFIG).require("prompt16");
        int[] ids = golden.require("ids").elements().stream().mapToInt(id -> id.whole(0, 1 << 22)).toArray();
        LoadOptions options = new LoadOptions(Backends.forced(backend), 2);
        try (LoadedModel loaded = LoadedModel.open(directory, options);
                KvCache cache = new KvCache(loaded.kvShape(), Plain.F32, ids.length)) {
            Matrix hidden = Matrix.of(ids.length, loaded.hidden());
            loaded.forward(Batch.of(cache, ids), hidden);
            Matrix logits = Matrix.of(ids.length, loaded.vocabulary());
            loaded.logits(hidden, logits);
            checkLast(golden, logits);
            checkEveryPosition(golden, ids, logits);
        }
    }

    private static void checkLast(Json golden, Matrix logits) {
        List<Json> expected = golden.require("last_logits").elements();
        assertEquals(expected.size(), logits.columns());
        double largest = expected.stream().mapToDouble(x -> Math.abs(x.real(-1e6, 1e6))).max().orElseThrow();
        for (int i = 0; i < expected.size(); i++) {
            double difference = Math.abs(expected.get(i).real(-1e6, 1e6) - logits.data()[logits.at(logits.rows() - 1) + i]);
            assertTrue(difference <= TOLERANCE * largest, "logit " + i + " is off by " + difference + " of " + largest);
        }
    }

    private static void checkEveryPosition(Json golden, int[] ids, Matrix logits) {
        int[] best = golden.require("argmax_per_position").elements().stream().mapToInt(id -> id.whole(0, 1 << 22)).toArray();
        int[] found = new int[best.length];
        List<Json> losses = golden.require("nll_per_position").elements();
        for (int row = 0; row < best.length; row++) {
            found[row] = argmax(logits, row);
            if (row + 1 < ids.length) {
                double loss = loss(logits, row, ids[row + 1]);
                assertEquals(losses.get(row).real(0, 1e6), loss, 2e-4 * Math.max(1, loss), "loss of position " + row);
            }
        }
        assertArrayEquals(best, found);
    }

    private static int argmax(Matrix logits, int row) {
        int best = 0;
        for (int i = 1; i < logits.columns(); i++) {
            if (logits.data()[logits.at(row) + i] > logits.data()[logits.at(row) + best]) {
                best = i;
            }
        }
        return best;
    }

    private static double loss(Matrix logits, int row, int id) {
        double sum = 0;
        double target = logits.data()[logits.at(row) + id];
        for (int i = 0; i < logits.columns(); i++) {
            sum += Math.exp(logits.data()[logits.at(row) + i] - target);
        }
        return Math.log(sum);
    }
}
