package dev.nibble.cli;

import dev.nibble.core.evaluation.EvaluationProgress;
import java.util.Locale;

/** Progress over the tokens of a text, with the perplexity so far; or over questions. */
final class EvaluationBar implements EvaluationProgress, AutoCloseable {
    private final ProgressBar bar;
    private String perplexity = "";

    EvaluationBar(String what, long tokens) {
        this(ProgressBar.counting(what, tokens, "tokens"));
    }

    private EvaluationBar(ProgressBar bar) {
        this.bar = bar;
    }

    static EvaluationBar overQuestions(String what, long questions) {
        return new EvaluationBar(ProgressBar.counting(what, questions, "questions"));
    }

    @Override
    public void advance(int tokens) {
        bar.advance(perplexity, tokens);
    }

    @Override
    public void windowDone(int window, double value) {
        perplexity = String.format(Locale.ROOT, "window %d, perplexity %.4f", window + 1, value);
    }

    @Override
    public void close() {
        bar.close();
    }
}
