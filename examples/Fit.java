import dev.nibble.ModelFile;
import dev.nibble.Quantization;

/** Writes the best file of at most 1.5 MB: measures the loss of every tensor in every type and spends the bytes where they help most. */
void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    try (ModelFile model = ModelFile.open(directory)) {
        var report = Quantization.of(model).fit(1_500_000).calibration(directory.resolve("stories.txt")).calibrationWindows(2, 64)
                .overwrite(true).write(Path.of(directory + "-fit.gguf"));
        report.byType().forEach(type -> IO.println(type.tensors() + " tensors in " + type.type()));
        IO.println(report.bytes() + " bytes, mean KL %.4f".formatted(report.fit().orElseThrow().meanKl()));
    }
}
