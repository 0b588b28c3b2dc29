package dev.nibble.core.pipeline;

import dev.nibble.ProgressListener;
import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.core.evaluation.Protocol;
import dev.nibble.core.evaluation.Windows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * How a text is cut into the windows that a model is measured over.
 *
 * @param context tokens in a window; 0 for the protocol's, or what the model was trained for if that is less
 * @param max    windows, at most
 */
public record TextWindows(Protocol protocol, int context, int max) {
    public TextWindows {
        if (context < 0 || max < 1) {
            throw new IllegalArgumentException(max + " windows of " + context + " tokens, expected 1 or more");
        }
    }

    /** The windows for a model. @param listener is warned of what keeps figures from being compared with others */
    public Windows of(MeasuredModel model, Path text, ProgressListener listener) throws IOException {
        int size = protocol.context(model.model(), context == 0 ? OptionalInt.empty() : OptionalInt.of(context));
        protocol.warnings(model.model(), size).forEach(listener::warning);
        return protocol.windows(EvaluationText.read(text).tokens(model.tokenizer()), size, model.begin(), max);
    }
}
