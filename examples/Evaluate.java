import dev.nibble.ProgressListener;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.evaluation.Perplexity;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.inference.LanguageModel;

/** Measures how surprised a model is by a text: a perplexity of 8 means as unsure as between 8 equally likely tokens. */
void main(String[] arguments) throws IOException {
    List<String> texts = List.of("Tom had a red ball. He went to the park to play with his friend Sue. They were very happy.",
            "Ball red a had Tom. Sue friend his with play to park the to went he. Happy very were they.");
    try (LanguageModel model = LanguageModel.load(Path.of(arguments[0]))) {
        for (String text : texts) {
            int[] tokens = model.tokenizer().encode(text, true, false);
            Windows whole = new Windows(tokens.length, 1, List.of(tokens));
            Perplexity perplexity = Perplexity.of(model.model(), whole, Plain.F16, ProgressListener.SILENT);
            IO.println("perplexity %.1f over %d tokens: %s".formatted(perplexity.perplexity(), perplexity.tokens(), text));
        }
    }
}
