package dev.nibble.cli;

import dev.nibble.core.evaluation.Protocol;
import dev.nibble.core.pipeline.TextWindows;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of commands that evaluate on a text. */
final class TextOptions {
    /** Names for help and completion. */
    static final class ProtocolNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Protocol.values()).map(Protocol::toString).iterator();
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = {"-f",
        "--file"}, paramLabel = "TEXT", description = "The text: a file of plain text, a .json array or .jsonl lines of strings or of objects with \"text\" or \"story\".")
    private Path file;

    @Option(names = "--protocol", paramLabel = "NAME", defaultValue = "p3", completionCandidates = ProtocolNames.class, description = {
        "p1: windows of 2048, all but the first token scored, as in most papers;", "p2: the same with windows of 4096;",
        "p3: windows of 512, the second half scored, as llama.cpp does. Default: ${DEFAULT-VALUE}."})
    private String protocol;

    @Option(names = "--chunks", paramLabel = "N", description = "Only the first N windows.")
    private int chunks = Integer.MAX_VALUE;

    boolean hasFile() {
        return file != null;
    }

    /** The text. @throws ParameterException if none was given */
    Path file() {
        if (file == null) {
            throw new ParameterException(command.commandLine(), "expected a text: -f TEXT");
        }
        return file;
    }

    /** The windows of the text. @throws ParameterException for a value out of range */
    TextWindows windows(ModelOptions options) {
        if (chunks < 1 || options.context() < 0) {
            throw new ParameterException(command.commandLine(), chunks < 1
                    ? "--chunks is " + chunks + ", expected 1 or more"
                    : "--ctx is " + options.context() + ", expected 1 or more");
        }
        return new TextWindows(Protocol.named(protocol), options.context(), chunks);
    }
}
