package dev.nibble.cli;

import dev.nibble.Generation;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A conversation over pipes: every input line is a turn, every answer is printed. */
final class ChatPipe {
    private final Chat chat;

    ChatPipe(Chat chat) {
        this.chat = chat;
    }

    void run(InputStream in, PrintStream out) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isBlank()) {
                continue;
            }
            Generation answer = chat.ask(line, text -> {
                out.print(text);
                out.flush();
            });
            out.println();
            Chat.remark(answer.finish()).ifPresent(StandardError::message);
        }
    }
}
