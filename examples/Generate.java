import dev.nibble.Generation;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;

/** Loads a model and continues a text. */
void main(String[] arguments) throws IOException {
    String prompt = "Once upon a time";
    try (LanguageModel model = LanguageModel.load(Path.of(arguments[0]))) {
        Generation answer = model.generate(prompt, GenerationOptions.DEFAULTS.withMaxTokens(40));
        IO.println(prompt + answer.text());
        IO.println(answer.tokens().size() + " tokens, ended by " + answer.finish());
    }
}
