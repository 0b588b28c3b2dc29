package dev.nibble.cli;

import dev.nibble.QuantizationReport;
import dev.nibble.core.layout.WeightLayout;
import dev.nibble.core.layout.WeightLayouts;
import dev.nibble.core.pipeline.Conversion;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nibble convert}: the same weights in another file format. */
@Command(name = "convert", mixinStandardHelpOptions = true, sortOptions = false, description = "Converts a model to another file format: Hugging Face to GGUF, GGUF to safetensors; decodes quantized weights unless --exact is given.")
final class ConvertCommand implements Callable<Integer> {
    /** Unquantized types of weights. */
    enum PlainType {
        F32, F16, BF16
    }

    private static final String GGUF = "gguf";
    private static final String SAFETENSORS = "safetensors";

    @Parameters(paramLabel = "MODEL", description = "A Hugging Face directory or a GGUF file.")
    private Path model;

    @Option(names = "--to", required = true, paramLabel = "KIND", description = "gguf or safetensors; with --exact also gptq, gptq-v2, awq, compressed-tensors, hqq, bitsandbytes, fp8, modelopt, mxfp4, torchao.")
    private String to;

    @Option(names = "--exact", description = "Keep weights quantized: copy codes and scales, every value bit for bit, or refuse.")
    private boolean exact;

    @Option(names = "--rotate", description = "Rotate the residual stream by a random Hadamard matrix: spreads outliers before quantization without changing the model's function.")
    private boolean rotate;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of --rotate. Default: ${DEFAULT-VALUE}.", defaultValue = "1")
    private long seed;

    @Option(names = "--type", paramLabel = "F32|F16|BF16", description = "Type of the matrices. Default: ${DEFAULT-VALUE}.", defaultValue = "BF16")
    private PlainType type;

    @Option(names = {"-o",
        "--output"}, required = true, paramLabel = "OUT", description = "A .gguf file, or the directory for safetensors.")
    private Path output;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Thread count. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--allow-nonfinite", paramLabel = "zero", description = "Write 0 for NaN and infinite values instead of refusing them.")
    private NonFiniteChoice allowNonFinite;

    @Option(names = "--force", description = "Overwrite OUT.")
    private boolean force;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        check();
        try (ProgressDisplay display = new ProgressDisplay(stage -> "converting")) {
            Conversion conversion = new Conversion(model, output, force, threads, NonFiniteChoice.of(allowNonFinite), display);
            if (!to.equals(GGUF) && !to.equals(SAFETENSORS)) {
                WeightLayout layout = WeightLayouts.named(to.equals("bnb") ? "bitsandbytes" : to);
                new CertificatePrinter(output, layout, conversion.toLayout(layout)).print(json);
                return 0;
            }
            QuantizationReport report = report(conversion);
            display.clear();
            new ReportPrinter(report).print(json);
            return 0;
        }
    }

    private QuantizationReport report(Conversion conversion) throws IOException {
        OptionalLong rotation = rotate ? OptionalLong.of(seed) : OptionalLong.empty();
        if (to.equals(SAFETENSORS)) {
            return conversion.toSafetensors(type.name(), rotation);
        }
        return exact ? conversion.toExactGguf() : conversion.toGguf(type.name(), rotation);
    }

    private void check() {
        if (rotate && exact) {
            throw new UnsupportedException("--rotate changes the weights, and --exact keeps every bit: omit one of them");
        }
        if (exact && to.equals(SAFETENSORS)) {
            throw new UnsupportedException(
                    "--exact keeps weights quantized, and --to safetensors decodes them: omit it,"
                            + " or name a layout (--to gptq)");
        }
        if (!exact && !to.equals(GGUF) && !to.equals(SAFETENSORS)) {
            WeightLayouts.named(to.equals("bnb") ? "bitsandbytes" : to);
            throw new UnsupportedException("--to " + to + " is for weights that are already quantized: add --exact");
        }
    }
}
