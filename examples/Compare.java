import dev.nibble.Evaluation;
import dev.nibble.ModelFile;
import dev.nibble.Quantization;

/** Compares two quantized models with their original: divergence of their predictions. */
void main(String[] arguments) throws IOException {
    Path original = Path.of(arguments[0]);
    List<Path> models = new ArrayList<>();
    try (ModelFile model = ModelFile.open(original)) {
        for (String type : List.of("Q8_0", "Q3_K_M")) {
            models.add(Quantization.of(model).to(type).overwrite(true).write(Path.of(original + "-" + type + ".gguf")).file());
        }
    }
    var comparison = new Evaluation().context(256).compare(original, models, original.resolve("stories.txt"));
    for (var compared : comparison.models()) {
        var divergence = compared.divergence();
        IO.println("%s: perplexity × %.4f, mean KL %.5f, same top token %.1f %%".formatted(compared.model().name(), divergence.ratio(),
                divergence.meanKl(), 100 * divergence.topAgreement()));
    }
}
