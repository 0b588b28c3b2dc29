package dev.nibble.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nibble.LoadOptions;
import dev.nibble.Perplexity;
import dev.nibble.ProgressListener;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.text.json.Json;
import dev.nibble.text.tokenizer.Tokenizer;
import dev.nibble.text.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mean nll over real texts, against a reference in 64-bit floats. (The text of opt-wine-smollgpt's figure is not available.) */
@Tag("shared")
class GoldenPerplexityTest {
    /** Each story alone, after BOS, cut at the context. */
    @ParameterizedTest
    @CsvSource({"stories260K,30,512,PLAIN", "babyllama-105,60,256,NEWLINES_UNKNOWN", "tinystories-656k,40,512,NO_FIRST_BLANK",
        "derived/babyllama-105-wide256,60,256,NEWLINES_UNKNOWN", "derived/tinystories-656k-wide256,40,512,NO_FIRST_BLANK",
        "derived/stories260K-as-mistral,30,512,PLAIN", "derived/stories260K-as-phi3,30,512,PLAIN",
        "derived/stories260K-as-qwen2,30,512,PLAIN",
        "derived/stories260K-attention-bias,30,512,PLAIN"})
    void storiesOneByOne(String model, int stories, int context, Reading reading) throws IOException {
        Path directory = SharedMaterial.path("models/" + model);
        List<String> texts = EvaluationText.read(SharedMaterial.path("text/tinystories_1000.json")).documents().subList(0, stories);
        try (LoadedModel loaded = open(directory); Tokenizer tokenizer = Tokenizers.open(directory)) {
            List<int[]> windows = new ArrayList<>();
            for (String text : texts) {
                int[] tokens = reading.tokens(text, tokenizer);
                windows.add(Arrays.copyOf(tokens, Math.min(tokens.length, context + 1)));
            }
            check(directory, loaded, new Windows(context + 1, 1, windows));
        }
    }

    /** Tokenization of the reference. */
    enum Reading {
        PLAIN {
            @Override
            int[] tokens(String text, Tokenizer tokenizer) {
                return tokenizer.encode(text, true, false);
            }
        },
        /** Double newlines become single, and no blank is added before the text. */
        NO_FIRST_BLANK {
            @Override
            int[] tokens(String text, Tokenizer tokenizer) {
                int[] tokens = tokenizer.encode(text.replace("\n\n", "\n"), true, false);
                assertEquals("▁", tokenizer.token(tokens[1]));
                return IntStream.range(0, tokens.length).filter(i -> i != 1).map(i -> tokens[i]).toArray();
            }
        },
        /** The vocabulary has no newline: each is a separate unknown token here, where other tokenizers merge consecutive ones. */
        NEWLINES_UNKNOWN {
            @Override
            int[] tokens(String text, Tokenizer tokenizer) {
                int[] unknown = {0, 0};
                IntStream tokens = IntStream.of(tokenizer.special().bos().orElseThrow());
                for (String part : text.split("\n\n")) {
                    int[] ids = tokenizer.encode(part, false, false);
                    boolean first = text.startsWith(part);
                    tokens = first
                            ? IntStream.concat(tokens, IntStream.of(ids))
                            : IntStream.concat(IntStream.concat(tokens, IntStream.of(unknown)), IntStream.of(ids).skip(1));
                }
                return tokens.toArray();
            }
        };

        abstract int[] tokens(String text, Tokenizer tokenizer);
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
        Json golden = Json.read(directory.resolve("golden.json"), Json.Limits.CONFIG);
        assertEquals(golden.require("tokens").whole(1, 1 << 20), windows.scored());
        Perplexity found = PerplexityRun.measure(model, windows, Plain.F32, ProgressListener.SILENT);
        assertEquals(golden.require("mean_nll_nats").real(0, 10), found.nll(), 5e-5);
    }
}
