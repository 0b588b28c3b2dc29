package dev.nibble.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code nibble} program: one subcommand per file of this package. */
@Command(name = "nibble", description = "Quantizes language models and runs them.", mixinStandardHelpOptions = true)
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }
}
