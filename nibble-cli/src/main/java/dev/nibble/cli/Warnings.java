package dev.nibble.cli;

import dev.nibble.LanguageModel;

/** Warnings before a model answers, one line each on standard error. */
final class Warnings {
    private Warnings() {}

    /** @param context requested length; 0 if not given */
    static void print(LanguageModel model, int context) {
        // warnings about other programs' handling of the file are not for users who run it here
        model.model().warnings().stream().filter(warning -> !warning.contains("llama.cpp"))
                .forEach(StandardError::warning);
        if (context > model.model().context()) {
            StandardError.warning("the model was trained for " + model.model().context() + " positions, --ctx is "
                    + context + ": later text may be nonsense");
        }
        if (model.tokenizer().size() < model.model().vocabulary()) {
            StandardError.warning("the tokenizer has " + model.tokenizer().size() + " tokens, the model "
                    + model.model().vocabulary());
        }
    }
}
