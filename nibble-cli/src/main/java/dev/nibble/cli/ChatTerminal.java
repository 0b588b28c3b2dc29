package dev.nibble.cli;

import dev.nibble.Generation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A conversation on a terminal: history, multi-line input, commands; Ctrl-C stops the answer, not the program. */
final class ChatTerminal {
    private static final String DIM = "\u001b[2m";
    private static final String PLAIN = "\u001b[0m";

    private final Chat chat;
    private final Path file;
    private final boolean colours = System.getenv("NO_COLOR") == null;

    ChatTerminal(Chat chat, Path file) {
        this.chat = chat;
        this.file = file;
    }

    void run() throws IOException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).nativeSignals(true).build()) {
            LineReader reader = LineReaderBuilder.builder().terminal(terminal).appName("nibble")
                    .variable(LineReader.HISTORY_FILE, history()).completer(new StringsCompleter(ChatCommands.names()))
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true).build();
            terminal.handle(Terminal.Signal.INT, signal -> chat.stop());
            ChatCommands commands = new ChatCommands(chat, terminal.writer());
            terminal.writer()
                    .println(file.getFileName() + ", context " + chat.model().plan().context() + " · /help for commands, Ctrl-D to end");
            boolean goesOn = true;
            while (goesOn) {
                Optional<String> line = read(reader, terminal);
                if (line.isEmpty()) {
                    return;
                }
                goesOn = answer(line.get(), commands, terminal);
            }
        }
    }

    /** History file in the XDG state directory. */
    private static Path history() throws IOException {
        String state = System.getenv("XDG_STATE_HOME");
        Path folder = (state == null || state.isEmpty() ? Path.of(System.getProperty("user.home"), ".local", "state") : Path.of(state))
                .resolve("nibble");
        Files.createDirectories(folder);
        return folder.resolve("chat-history");
    }

    /** Reads a turn; empty at the end of input. */
    private static Optional<String> read(LineReader reader, Terminal terminal) {
        TurnLines turn = new TurnLines();
        while (true) {
            try {
                if (turn.add(reader.readLine(turn.begun() ? ". " : "> "))) {
                    return Optional.of(turn.text());
                }
            } catch (UserInterruptException e) {
                if (e.getPartialLine().isEmpty() && !turn.begun()) {
                    terminal.writer().println("Ctrl-D or /exit to end");
                }
                turn = new TurnLines();
            } catch (EndOfFileException e) {
                return Optional.empty();
            }
        }
    }

    /** @return whether to continue */
    private boolean answer(String line, ChatCommands commands, Terminal terminal) {
        if (line.isEmpty()) {
            return true;
        }
        try {
            String question = line;
            if (ChatCommands.isCommand(line)) {
                ChatCommands.Next next = commands.run(line);
                if (!next.goesOn() || next.question().isEmpty()) {
                    return next.goesOn();
                }
                question = next.question().get();
            }
            Generation generation = chat.ask(question, text -> {
                terminal.writer().print(text);
                terminal.writer().flush();
            });
            terminal.writer().println();
            terminal.writer().println(dimmed(summary(generation)));
        } catch (RuntimeException | IOException e) {
            terminal.writer().println(Failures.line(e));
        }
        return true;
    }

    private static String summary(Generation generation) {
        String speed = String.format(Locale.ROOT, "%d tokens, %.1f/s; prompt %d (%d cached), %.1f/s",
                generation.timings().generatedTokens(),
                generation.timings().generatedTokensPerSecond(), generation.timings().promptTokens(), generation.timings().cachedTokens(),
                generation.timings().promptTokensPerSecond());
        return Chat.remark(generation.finish()).map(remark -> speed + " · " + remark).orElse(speed);
    }

    private String dimmed(String text) {
        return colours ? DIM + text + PLAIN : text;
    }
}
