package dev.nibble.cli;

import dev.nibble.LanguageModel;

/** What a user should know before a model answers, one line each on standard error. */
final class Warnings {
    private Warnings() {}

    /** @param context that the user asked for; 0 for none */
    static void print(LanguageModel model, int context) {
        // what other programs would make of the model's file is no concern of whoever runs it here
        model.model().warnings().stream().filter(warning -> !warning.contains("llama.cpp"))
                .forEach(StandardError::warning);
        if (context > model.model().context()) {
            StandardError.warning("the model was trained for " + model.model().context() + " positions, --ctx asks for "
                    + context + ": what comes after may be nonsense");
        }
        if (model.tokenizer().size() < model.model().vocabulary()) {
            StandardError.warning("the tokenizer has " + model.tokenizer().size() + " tokens, the model "
                    + model.model().vocabulary());
        }
    }
}
