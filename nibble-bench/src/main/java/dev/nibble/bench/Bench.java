package dev.nibble.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benchmark program: one subcommand per file of this package. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = "Makes models to measure on, and measures.", subcommands = {
    RandomModel.class, EncodeBench.class, HessianBench.class, MatMulBench.class, SamplingBench.class, QuantizeBench.class})
public final class Bench {
    private Bench() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }
}
