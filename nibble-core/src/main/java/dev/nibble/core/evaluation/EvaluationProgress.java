package dev.nibble.core.evaluation;

/** Told how far an evaluation is. */
@FunctionalInterface
public interface EvaluationProgress {
    /** Says nothing to anyone. */
    EvaluationProgress SILENT = new EvaluationProgress() {
        @Override
        public void advance(int tokens) {
            // nobody listens
        }
    };

    /** {@code tokens} more are computed. */
    void advance(int tokens);

    /** The perplexity of all windows up to this one, the last token of which was just scored. */
    default void windowDone(int window, double perplexity) {}
}
