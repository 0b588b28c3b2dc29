package dev.nibble.core.pipeline;

import dev.nibble.EvaluatedModel;
import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.evaluation.VocabularyFingerprint;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.text.tokenizer.SpecialTokens;
import dev.nibble.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/** A model to measure, with its tokenizer. */
public record MeasuredModel(LoadedModel model, Tokenizer tokenizer) implements AutoCloseable {
    /** Opens a model. @param listener receives warnings about its files */
    public static MeasuredModel open(Path path, LoadOptions options, ProgressListener listener) throws IOException {
        LoadedModel model = LoadedModel.open(path, options);
        try {
            Tokenizer tokenizer = model.openTokenizer(listener::warning);
            model.warnings().forEach(listener::warning);
            return new MeasuredModel(model, tokenizer);
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** The BOS token, if the model expects it before every text. */
    public OptionalInt begin() {
        SpecialTokens special = tokenizer.special();
        return special.addsBos() ? special.bos() : OptionalInt.empty();
    }

    /** Name, size and vocabulary of the model. @param protocol protocol of the measurement */
    public EvaluatedModel facts(String protocol) {
        return new EvaluatedModel(model.path().toString(), model.bytes(), model.parameters(), VocabularyFingerprint.of(tokenizer),
                protocol);
    }

    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
