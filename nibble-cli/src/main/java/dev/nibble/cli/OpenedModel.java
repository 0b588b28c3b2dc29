package dev.nibble.cli;

import dev.nibble.core.evaluation.EvaluatedModel;
import dev.nibble.core.evaluation.VocabularyFingerprint;
import dev.nibble.core.inference.LoadOptions;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.tokenizer.SpecialTokens;
import dev.nibble.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/** A model to be measured, and its tokenizer. */
record OpenedModel(LoadedModel model, Tokenizer tokenizer) implements AutoCloseable {
    static OpenedModel open(Path path, LoadOptions options) throws IOException {
        LoadedModel model = LoadedModel.open(path, options);
        try {
            Tokenizer tokenizer = model.openTokenizer(StandardError::warning);
            model.warnings().forEach(StandardError::warning);
            return new OpenedModel(model, tokenizer);
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** The token that the model wants before every text, if it wants one. */
    OptionalInt begin() {
        SpecialTokens special = tokenizer.special();
        return special.addsBos() ? special.bos() : OptionalInt.empty();
    }

    EvaluatedModel facts(String protocol) {
        return new EvaluatedModel(model.path().toString(), model.bytes(), model.parameters(), VocabularyFingerprint.of(tokenizer),
                protocol);
    }

    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
