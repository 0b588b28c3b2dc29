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
    /** Each story alone, behind BOS, cut at the context; what stands for an empty line is the reference's choice for each tokenizer. */
    @ParameterizedTest
    @CsvSource(quoteCharacter = '|', value = {"stories260K,30,512,keep", "babyllama-105,60,256,blank", "tinystories-656k,40,512,line",
        "derived/babyllama-105-wide256,60,256,blank", "derived/tinystories-656k-wide256,40,512,line",
        "derived/stories260K-as-mistral,30,512,keep",
        "derived/stories260K-as-phi3,30,512,keep", "derived/stories260K-as-qwen2,30,512,keep",
        "derived/stories260K-attention-bias,30,512,keep"})
    void storiesOneByOne(String model, int stories, int context, String emptyLine) throws IOException {
        Path directory = SharedMaterial.path("models/" + model);
        String between = switch (emptyLine) {
            case "blank" -> " ";
            case "line" -> "\n";
            default -> "\n\n";
        };
        List<String> texts = EvaluationText.read(SharedMaterial.path("text/tinystories_1000.json")).documents().subList(0, stories);
        try (LoadedModel loaded = open(directory); Tokenizer tokenizer = Tokenizers.open(directory)) {
            List<int[]> windows = new ArrayList<>();
            for (String text : texts) {
                int[] tokens = tokenizer.encode(text.replace("\n\n", between), true, false);
                windows.add(Arrays.copyOf(tokens, Math.min(tokens.length, context + 1)));
            }
            check(directory, loaded, new Windows(context + 1, 1, windows));
        }
    }

    /** Characters of Shakespeare's last tenth. */
    @ParameterizedTest
    @CsvSource({"gpt2-shakespeare-adi,128,60", "gpt2-char-jain,64,60"})
    void windowsOfCharacters(String model, int context, int count) throws IOException {
        Path directory = SharedMaterial.path("models/" + model);
        String text = EvaluationText.read(SharedMaterial.path("text/tinyshakespeare.txt")).joined();
        try (LoadedModel loaded = open(directory); Tokenizer tokenizer = Tokenizers.open(directory)) {
            int[] tokens = tokenizer.encode(text.substring((int) (0.9 * text.length())), false, false);
            List<int[]> windows = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                windows.add(Arrays.copyOfRange(tokens, i * context, (i + 1) * context + 1));
            }
            check(directory, loaded, new Windows(context + 1, 1, windows));
        }
    }

    private static LoadedModel open(Path directory) throws IOException {
        return LoadedModel.open(directory, new LoadOptions(Backends.detect(), 2));
    }

    private static void check(Path directory, LoadedModel model, Windows windows) throws IOException {
        Json golden = Json.read(directory.resolve("golden.json"), Config.LIMITS);
        assertEquals(golden.require("tokens").whole(1, 1 << 20), windows.scored());
        Perplexity found = Perplexity.of(model, windows, Plain.F32, EvaluationProgress.SILENT);
        assertEquals(golden.require("mean_nll_nats").real(0, 10), found.nll(), 5e-5);
    }
}
