package dev.nibble.cli;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.checkpoint.Gguf;
import dev.nibble.core.checkpoint.OutputLock;
import dev.nibble.core.checkpoint.layout.WeightLayout;
import dev.nibble.core.checkpoint.layout.WeightLayouts;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.recipe.Manifest;
import dev.nibble.core.recipe.Mix;
import dev.nibble.core.recipe.Mixes;
import dev.nibble.core.recipe.QuantizationJob;
import dev.nibble.core.recipe.QuantizationReport;
import dev.nibble.core.recipe.RotatedModel;
import dev.nibble.core.recipe.SafetensorsJob;
import dev.nibble.core.recipe.TranscodingJob;
import dev.nibble.core.recipe.TypeRequest;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nibble convert}: the same numbers in another kind of file. */
@Command(name = "convert", mixinStandardHelpOptions = true, sortOptions = false, description = "Writes a model as another kind of file: Hugging Face to GGUF, GGUF to safetensors; quantized weights are decoded unless --exact is given.")
final class ConvertCommand implements Callable<Integer> {
    /** Types that hold weights as plain numbers. */
    enum PlainType {
        F32, F16, BF16
    }

    @Parameters(paramLabel = "MODEL", description = "A Hugging Face directory or a GGUF file.")
    private Path model;

    @Option(names = "--to", required = true, paramLabel = "KIND", description = "gguf or safetensors; with --exact also gptq, gptq-v2, awq, compressed-tensors, hqq, bitsandbytes, fp8, modelopt, mxfp4, torchao.")
    private String to;

    @Option(names = "--exact", description = "Quantized weights stay quantized: codes and scales move, every value is the same in every bit, or it is refused.")
    private boolean exact;

    @Option(names = "--rotate", description = "Turn the state between the layers by a random Hadamard matrix, which leaves the model the same function and spreads outliers, for quantizing it after.")
    private boolean rotate;

    @Option(names = "--seed", paramLabel = "N", description = "Of --rotate. Default: ${DEFAULT-VALUE}.", defaultValue = "1")
    private long seed;

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
        try (OutputLock _ = OutputLock.of(output)) {
            return convert();
        }
    }

    private int convert() throws IOException {
        boolean gguf = to.equals("gguf");
        if (rotate && exact) {
            throw new UnsupportedException("--rotate changes the numbers, and --exact keeps them in every bit: leave one of them out");
        }
        if (exact && to.equals("safetensors")) {
            throw new UnsupportedException(
                    "--exact keeps weights quantized, and safetensors of plain numbers has them decoded: leave it out,"
                            + " or name a layout (--to gptq)");
        }
        if (!gguf && !to.equals("safetensors")) {
            return toLayout(WeightLayouts.named(to.equals("bnb") ? "bitsandbytes" : to));
        }
        try (ModelSource opened = ModelSource.open(model)) {
            opened.warnings().forEach(StandardError::warning);
            if (rotate) {
                RotatedModel rotated = RotatedModel.of(model, opened, seed);
                if (gguf) {
                    toGguf(rotated.source());
                } else {
                    toSafetensors(SafetensorsJob.of(rotated, Plain.valueOf(type.name()), NonFiniteChoice.of(allowNonFinite)));
                }
            } else if (gguf) {
                toGguf(exact ? opened.inGgufTypes() : opened);
            } else if (opened.checkpoint() instanceof Gguf file) {
                toSafetensors(SafetensorsJob.of(file, Plain.valueOf(type.name()), NonFiniteChoice.of(allowNonFinite)));
            } else {
                throw new UnsupportedException(model + ": only GGUF files can be converted to safetensors; with --rotate also directories");
            }
            return 0;
        }
    }

    private int toLayout(WeightLayout layout) throws IOException {
        if (!exact) {
            throw new UnsupportedException("--to " + to + " moves weights that are quantized already: add --exact");
        }
        List<TranscodingJob.Certificate> certificates = new TranscodingJob(model, layout).run(output, force,
                StandardError::warning);
        new CertificatePrinter(output, layout, certificates).print(json);
        return 0;
    }

    /** By bytes: what the file is called. */
    private static String mostCommonType(ModelSource source) {
        Map<String, Long> bytes = source.tensors().stream().map(TensorSource::info)
                .collect(Collectors.groupingBy(info -> info.codec().name(), Collectors.summingLong(TensorInfo::bytes)));
        return Collections.max(bytes.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    private void toSafetensors(SafetensorsJob job) throws IOException {
        if (Files.exists(output) && !Files.isDirectory(output)) {
            throw new IOException(output + ": is a file; name a directory for config.json, model.safetensors and the tokenizer");
        }
        job.warnings().forEach(StandardError::warning);
        QuantizationReport report;
        try (ProgressDisplay progress = new ProgressDisplay(stage -> "converting")) {
            report = job.run(output, force, threads, progress);
        }
        new ReportPrinter(report, type.name()).print(json);
    }

    private void toGguf(ModelSource source) throws IOException {
        OutputName.check(output, source.files(), force);
        Mix mix = Mixes.named(exact ? mostCommonType(source) : type.name());
        TypeRequest request = exact
                ? new TypeRequest(mix, false, List.of(), List.of(Pattern.compile("")), Optional.empty(), Optional.empty(), false)
                : TypeRequest.of(mix);
        QuantizationJob job = new QuantizationJob(source, request, Optional.empty(), NonFiniteChoice.of(allowNonFinite));
        Manifest manifest = new Manifest(Version.number(), Manifest.options(request), source.files());
        QuantizationReport report;
        try (ProgressDisplay progress = new ProgressDisplay(stage -> "converting")) {
            report = job.run(output, force, threads, manifest, progress);
        }
        new ReportPrinter(report, mix.name()).print(json);
    }
}
