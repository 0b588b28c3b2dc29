import dev.nibble.ModelFile;
import dev.nibble.Quantization;

/** Quantizes a model with GPTQ, calibrated on a text; run again after Ctrl-C, it resumes. */
void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    try (ModelFile model = ModelFile.open(directory)) {
        var job = Quantization.of(model).to("Q4_K_M").method("gptq").calibration(directory.resolve("stories.txt"))
                .resume(true).overwrite(true).listener(now -> IO.println(now.stage() + " " + Math.round(now.percent()) + " %"));
        var plan = job.plan();
        IO.println(plan.bytes() + " bytes, " + plan.temporaryBytes() + " beside it, memory " + plan.memory().bytes());
        var report = job.write(Path.of(directory + "-gptq.gguf"));
        IO.println("relative RMSE %.4f in %.1f s".formatted(report.relativeRmse(), report.seconds()));
    }
}
