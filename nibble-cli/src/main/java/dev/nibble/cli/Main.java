package dev.nibble.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code nibble} program: one subcommand per file of this package. */
// @formatter:off
@Command(name = "nibble", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false,
        description = "Makes language models smaller, shows what that cost, and runs them.", subcommands = {
    DemoCommand.class,
    QuantizeCommand.class,
    ConvertCommand.class,
    CalibrateCommand.class,
    RunCommand.class,
    ChatCommand.class,
    BenchCommand.class,
    PerplexityCommand.class,
    CompareCommand.class,
    EvaluateCommand.class,
    InspectCommand.class,
    TokenizeCommand.class,
    VerifyCommand.class,
    TypesCommand.class,
    CommandLine.HelpCommand.class})
// @formatter:on
public final class Main implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--debug", scope = CommandLine.ScopeType.INHERIT, description = "Show where in the program an error arose.")
    boolean debug;

    public static void main(String[] arguments) {
        StandardError.useReal();
        int exitCode = commandLine().execute(arguments);
        if (System.out.checkError()) {
            System.err.println("nibble: standard output could not be written");
            exitCode = Math.max(exitCode, CommandLine.ExitCode.SOFTWARE);
        }
        System.exit(exitCode);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main()).setExecutionExceptionHandler(new Failures()).setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(110).setUsageHelpAutoWidth(true);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.out);
        return CommandLine.ExitCode.OK;
    }
}
