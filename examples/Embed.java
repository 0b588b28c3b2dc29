import dev.nibble.LanguageModel;
import dev.nibble.Pooling;

/** Compares texts by their embeddings: 1 for equal, 0 for unrelated ones. */
void main(String[] arguments) throws IOException {
    String question = "The dog ran in the park.";
    try (LanguageModel model = LanguageModel.load(Path.of(arguments[0]))) {
        float[] asked = model.embed(question, Pooling.MEAN);
        for (String text : List.of("The cat ran in the garden.", "Lily likes to eat red apples.", "She said it was not true.")) {
            IO.println("%.3f  %s".formatted(cosine(asked, model.embed(text, Pooling.MEAN)), text));
        }
    }
}

/** Cosine similarity; the vectors have length 1. */
double cosine(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
        sum += (double) one[i] * other[i];
    }
    return sum;
}
