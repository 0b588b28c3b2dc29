package dev.nibble.cli;

import dev.nibble.error.NibbleException;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.grammar.GrammarException;
import dev.nibble.text.template.TemplateException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Reports every failure as one line on standard error and exit code 1; {@code --debug} shows the stack as well. */
final class Failures implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult arguments) throws Exception {
        if (failure instanceof CommandLine.ParameterException wrong) {
            throw wrong; // wrong usage, found late: the parameter handler prints it and exits with 2
        }
        StandardError.message(line(failure));
        if (debug(arguments)) {
            failure.printStackTrace();
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** One line for a failure. */
    static String line(Exception failure) {
        return switch (failure) {
            case UnsupportedException unsupported -> unsupported.message(OptionWords::of);
            case TemplateException template -> "chat template, " + template.getMessage();
            case GrammarException grammar -> "grammar, " + grammar.getMessage();
            case NibbleException other -> other.getMessage();
            case NoSuchFileException missing -> missing.getFile() + ": no such file or directory";
            case FileAlreadyExistsException exists -> exists.getFile() + ": already exists; use --force to overwrite it";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileSystemException system -> system.getMessage();
            case IOException io -> io.getMessage();
            default -> "internal error, please report it: " + failure;
        };
    }

    private static boolean debug(ParseResult arguments) {
        return arguments.commandSpec().root().userObject() instanceof Main main && main.debug;
    }
}
