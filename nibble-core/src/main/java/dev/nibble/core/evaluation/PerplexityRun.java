package dev.nibble.core.evaluation;

import dev.nibble.Perplexity;
import dev.nibble.ProgressListener;
import dev.nibble.core.inference.LogSoftmax;
import dev.nibble.core.inference.LogitsRun;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.Model;
import dev.nibble.core.tensor.Codec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Perplexity of a model on windows of a text: negative log-likelihoods, added in the order of tokens. */
public final class PerplexityRun {
    private final Windows windows;
    private final List<Double> running = new ArrayList<>();
    private long count;
    private double sum;
    private double squares;

    public PerplexityRun(Windows windows) {
        this.windows = windows;
    }

    public void add(int window, int position, double nll, Stage stage) {
        count++;
        sum += nll;
        squares += nll * nll;
        if (position == windows.tokens().get(window).length - 1) {
            running.add(Math.exp(sum / count));
            stage.describe(String.format(Locale.ROOT, "window %d, perplexity %.4f", window + 1, running.getLast()));
        }
    }

    public Perplexity result() {
        double mean = sum / count;
        double variance = Math.max(0, squares / count - mean * mean);
        double error = count > 1 ? Math.sqrt(variance / (count - 1)) : 0;
        return new Perplexity(windows.count(), count, mean, Math.exp(mean), error * Math.exp(mean), running);
    }

    /**
     * Runs the model over the windows.
     *
     * @param kvCodec codec of the KV cache
     */
    public static Perplexity measure(Model model, Windows windows, Codec kvCodec, ProgressListener listener) {
        Stage stage = new Stage(listener, "perplexity", "tokens", windows.computed());
        PerplexityRun sum = new PerplexityRun(windows);
        new LogitsRun(model, windows.tokens(), windows.firstScored(), kvCodec).run((window, position, logits, row) -> {
            int token = windows.tokens().get(window)[position];
            sum.add(window, position, negativeLogLikelihood(logits, row, token), stage);
        }, stage);
        return sum.result();
    }

    /** {@code −log p(token)}. */
    public static double negativeLogLikelihood(Matrix logits, int row, int token) {
        int from = logits.at(row);
        return LogSoftmax.logSum(logits.data(), from, logits.columns()) - logits.data()[from + token];
    }
}
