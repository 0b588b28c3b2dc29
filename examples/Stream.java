import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.text.sampling.SamplingOptions;

/** Prints a text as it is generated. The same seed gives the same text. */
void main(String[] arguments) throws IOException {
    SamplingOptions sampling = SamplingOptions.DEFAULTS.withTemperature(0.6f).withTopP(0.9f).withSeed(1);
    GenerationOptions options = GenerationOptions.DEFAULTS.with(sampling).withMaxTokens(60).withStops("\n\n");
    String prompt = "One day, a little girl";
    try (LanguageModel model = LanguageModel.load(Path.of(arguments[0]))) {
        IO.print(prompt);
        model.stream(prompt, options, IO::print);
        IO.println();
    }
}
