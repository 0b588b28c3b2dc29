package dev.nibble.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code nibble} program: one subcommand per file of this package. */
@Command(name = "nibble", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false, description = "Quantizes language models, measures the quality loss, and runs them.")
public final class Main implements Callable<Integer> {
    // @formatter:off
    private static final List<Class<?>> COMMANDS = List.of(
        DemoCommand.class,
        QuantizeCommand.class,
        CalibrateCommand.class,
        ConvertCommand.class,
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
        CommandLine.HelpCommand.class);
    // @formatter:on

    @Spec
    private CommandSpec spec;

    @Option(names = "--debug", scope = CommandLine.ScopeType.INHERIT, description = "Show stack traces of errors.")
    boolean debug;

    public static void main(String[] arguments) {
        StandardError.useReal();
        int exitCode = commandLine(arguments).execute(arguments);
        if (System.out.checkError()) {
            StandardError.message("cannot write to standard output");
            exitCode = Math.max(exitCode, CommandLine.ExitCode.SOFTWARE);
        }
        System.exit(exitCode);
    }

    /** The program for these arguments; only their command is set up, since setting up all is slow. */
    static CommandLine commandLine(String... arguments) {
        CommandLine program = new CommandLine(new Main());
        Optional<Class<?>> named = COMMANDS.stream().filter(command -> arguments.length > 0 && isNamed(command, arguments[0])).findFirst();
        named.map(List::<Class<?>>of).orElse(COMMANDS).forEach(program::addSubcommand);
        return program.setExecutionExceptionHandler(new Failures()).setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpWidth(110)
                .setUsageHelpAutoWidth(true);
    }

    /** {@code RunCommand} is {@code run}. */
    private static boolean isNamed(Class<?> command, String name) {
        return command.getPackage() == Main.class.getPackage() && command.getSimpleName().equals(
                name.isEmpty() ? "" : Character.toUpperCase(name.charAt(0)) + name.substring(1) + "Command");
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.out);
        return CommandLine.ExitCode.OK;
    }
}
