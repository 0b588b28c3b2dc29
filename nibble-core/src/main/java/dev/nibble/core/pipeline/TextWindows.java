package dev.nibble.core.pipeline;

import dev.nibble.ProgressListener;
import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.core.evaluation.Protocol;
import dev.nibble.core.evaluation.Windows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Cutting of a text into windows for a measurement.
 *
 * @param context tokens per window; 0 for the smaller of the protocol's length and the model's context
 * @param max maximum number of windows
 */
public record TextWindows(Protocol protocol, int context, int max) {
    public TextWindows {
        if (context < 0 || max < 1) {
            throw new IllegalArgumentException(max + " windows of " + context + " tokens, expected 1 or more");
        }
    }

    /** The windows for a model. @param listener receives reasons why results are not comparable */
    public Windows of(MeasuredModel model, Path text, ProgressListener listener) throws IOException {
        int size = protocol.context(model.model(), context == 0 ? OptionalInt.empty() : OptionalInt.of(context));
        protocol.warnings(model.model(), size).forEach(listener::warning);
        return protocol.windows(EvaluationText.read(text).tokens(model.tokenizer()), size, model.begin(), max);
    }
}
