package dev.nibble.cli;

import dev.nibble.Divergence;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.SessionOptions;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.evaluation.BaseFile;
import dev.nibble.core.evaluation.BaseRecording;
import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.core.evaluation.KlDivergence;
import dev.nibble.core.evaluation.Protocol;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.pipeline.MeasuredModel;
import dev.nibble.text.sampling.SamplingOptions;
import java.io.IOException;
import java.nio.file.Path;

/** Compares models with the bundled one: predictions on bundled stories, a sample story, speed. */
final class DemoEvaluation implements AutoCloseable {
    static final String PROMPT = "Once upon a time";
    private static final GenerationOptions SAMPLE = GenerationOptions.DEFAULTS.with(SamplingOptions.DEFAULTS.withSeed(1))
            .withMaxTokens(48);

    private final BaseFile base;
    private final LoadOptions options;

    /** @param sample continuation of {@link #PROMPT} */
    record Result(Divergence divergence, String sample) {}

    /** @param text stories outside of the training data */
    DemoEvaluation(Path model, Path text, LoadOptions options) throws IOException {
        this.options = options;
        try (MeasuredModel original = MeasuredModel.open(model, options, ProgressListener.SILENT)) {
            int[] tokens = EvaluationText.read(text).tokens(original.tokenizer());
            Windows windows = Protocol.LLAMA_CPP.windows(tokens, original.model().context(), original.begin(), Integer.MAX_VALUE);
            base = new BaseRecording(original.model(), original.facts(Protocol.LLAMA_CPP.toString()), windows, Plain.F32)
                    .temporary(ProgressListener.SILENT);
        }
    }

    Result measure(Path model) throws IOException {
        try (LanguageModel loaded = LanguageModel.load(model, options, SessionOptions.DEFAULTS)) {
            Divergence divergence = KlDivergence.of(base, loaded.model(), Plain.F32, token -> {}, ProgressListener.SILENT);
            return new Result(divergence, loaded.generate(PROMPT, SAMPLE).text().replaceAll("\\s+", " ").strip());
        }
    }

    /** Tokens per second of the same story, generated again with the code compiled. */
    double speed(Path model) throws IOException {
        try (LanguageModel loaded = LanguageModel.load(model, options, SessionOptions.DEFAULTS)) {
            loaded.generate(PROMPT, SAMPLE);
            return loaded.generate(PROMPT, SAMPLE).timings().generatedTokensPerSecond();
        }
    }

    double basePerplexity() throws IOException {
        return base.perplexity().perplexity();
    }

    @Override
    public void close() throws IOException {
        base.close();
    }
}
