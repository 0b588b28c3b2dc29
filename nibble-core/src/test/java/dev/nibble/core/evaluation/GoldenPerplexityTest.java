package dev.nibble.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadOptions;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.json.Json;
import dev.nibble.core.model.Config;
import dev.nibble.core.tokenizer.Tokenizer;
import dev.nibble.core.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mean nll over real texts, as a reference in 64-bit floats gives it. */
@Tag("shared")
class GoldenPerplexityTest {
    @ParameterizedTest
    @CsvSource({"stories260K,30,512", "babyllama-105,60,256"})
    void storiesOneByOne(String model, int stories, int context) throws IOException {
        Path directory = SharedMaterial.path("models/" + model);
        List<String> texts = EvaluationText.read(SharedMaterial.path("text/tinystories_1000.json")).documents().subList(0, stories);
        try (LoadedModel loaded = LoadedModel.open(directory, new LoadOptions(Backends.detect(), 2));
                Tokenizer tokenizer = Tokenizers.of(loaded.metadata(), directory)) {
            List<int[]> windows = new ArrayList<>();
            for (String text : texts) {
                int[] tokens = tokenizer.encode(text, true, false);
                windows.add(Arrays.copyOf(tokens, Math.min(tokens.length, context + 1)));
            }
            Perplexity found = Perplexity.of(loaded, new Windows(context + 1, 1, windows), Plain.F32, EvaluationProgress.SILENT);
            check(directory, found);
        }
    }

    private static void check(Path directory, Perplexity found) throws IOException {
        Json golden = Json.read(directory.resolve("golden.json"), Config.LIMITS);
        assertEquals(golden.require("tokens").whole(1, 1 << 20), found.tokens());
        assertEquals(golden.require("mean_nll_nats").real(0, 10), found.nll(), 5e-5);
    }
}
