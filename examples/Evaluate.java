import dev.nibble.LanguageModel;

/** Measures the perplexity of texts: 8 means as uncertain as a choice between 8 equally likely tokens. */
void main(String[] arguments) throws IOException {
    List<String> texts = List.of("Tom had a red ball. He went to the park to play with his friend Sue. They were very happy.",
            "Ball red a had Tom. Sue friend his with play to park the to went he. Happy very were they.");
    try (LanguageModel model = LanguageModel.load(Path.of(arguments[0]))) {
        for (String text : texts) {
            var tokens = model.logProbabilities(text);
            double mean = tokens.stream().mapToDouble(token -> token.logProbability()).average().orElseThrow();
            IO.println("perplexity %.1f over %d tokens: %s".formatted(Math.exp(-mean), tokens.size(), text));
        }
    }
}
