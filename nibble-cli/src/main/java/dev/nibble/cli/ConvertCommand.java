package dev.nibble.cli;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.checkpoint.Gguf;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.recipe.Manifest;
import dev.nibble.core.recipe.Mix;
import dev.nibble.core.recipe.Mixes;
import dev.nibble.core.recipe.QuantizationJob;
import dev.nibble.core.recipe.QuantizationReport;
import dev.nibble.core.recipe.SafetensorsJob;
import dev.nibble.core.recipe.TypeRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nibble convert}: the same numbers in another kind of file. */
@Command(name = "convert", mixinStandardHelpOptions = true, sortOptions = false, description = "Writes a model as another kind of file: Hugging Face to GGUF, GGUF to safetensors; quantized weights are decoded.")
final class ConvertCommand implements Callable<Integer> {
    /** Kinds of file. */
    enum Target {
        GGUF, SAFETENSORS
    }

    /** Types that hold weights as plain numbers. */
    enum PlainType {
        F32, F16, BF16
    }

    @Parameters(paramLabel = "MODEL", description = "A Hugging Face directory or a GGUF file.")
    private Path model;

    @Option(names = "--to", required = true, paramLabel = "gguf|safetensors", description = "The kind of file to write.")
    private Target to;

    @Option(names = "--type", paramLabel = "F32|F16|BF16", description = "Type of the matrices. Default: ${DEFAULT-VALUE}.", defaultValue = "BF16")
    private PlainType type;

    @Option(names = {"-o",
        "--output"}, required = true, paramLabel = "OUT", description = "A .gguf file, or the directory for safetensors.")
    private Path output;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--allow-nonfinite", paramLabel = "zero", description = "Write 0 for NaN and infinite numbers instead of refusing them.")
    private NonFiniteChoice allowNonFinite;

    @Option(names = "--force", description = "Replace OUT if it exists.")
    private boolean force;

    @Option(names = "--json", description = "For scripts.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (ModelSource source = ModelSource.open(model)) {
            source.warnings().forEach(warning -> System.err.println("warning: " + warning));
            if (to == Target.GGUF) {
                toGguf(source);
            } else if (source.checkpoint() instanceof Gguf gguf) {
                toSafetensors(gguf);
            } else {
                throw new UnsupportedException(model + ": only GGUF files can be converted to safetensors");
            }
            return 0;
        }
    }

    private void toSafetensors(Gguf gguf) throws IOException {
        if (Files.exists(output) && !Files.isDirectory(output)) {
            throw new IOException(output + ": is a file; name a directory for config.json, model.safetensors and the tokenizer");
        }
        SafetensorsJob job = new SafetensorsJob(gguf, Plain.valueOf(type.name()), NonFiniteChoice.of(allowNonFinite));
        job.warnings().forEach(warning -> System.err.println("warning: " + warning));
        QuantizationReport report;
        try (ProgressBar progress = ProgressBar.over("converting", job.plan())) {
            report = job.run(output, force, threads, progress);
        }
        new ReportPrinter(report, Mixes.named(type.name())).print(json);
    }

    private void toGguf(ModelSource source) throws IOException {
        OutputName.check(output, source.files(), force);
        Mix mix = Mixes.named(type.name());
        TypeRequest request = TypeRequest.of(mix);
        QuantizationJob job = new QuantizationJob(source, request, Optional.empty(), NonFiniteChoice.of(allowNonFinite));
        Manifest manifest = new Manifest(Version.number(), Manifest.options(request), source.files());
        QuantizationReport report;
        try (ProgressBar progress = ProgressBar.over("converting", job.plan())) {
            report = job.run(output, force, threads, manifest, progress);
        }
        new ReportPrinter(report, mix).print(json);
    }
}
