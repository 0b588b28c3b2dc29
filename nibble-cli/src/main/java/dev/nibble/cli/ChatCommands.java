package dev.nibble.cli;

import dev.nibble.GenerationOptions;
import dev.nibble.text.sampling.SamplingOptions;
import dev.nibble.text.template.Conversation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Commands that can be typed instead of a question. */
final class ChatCommands {
    /**
     * Result of a command.
     *
     * @param question question to ask next
     */
    record Next(boolean goesOn, Optional<String> question) {
        static final Next PROMPT = new Next(true, Optional.empty());
        static final Next END = new Next(false, Optional.empty());
    }

    // @formatter:off
    private static final Map<String, String> HELP = new LinkedHashMap<>();
    static {
        HELP.put("/help", "this list");
        HELP.put("/exit", "end; also /bye and Ctrl-D");
        HELP.put("/clear", "start a new conversation");
        HELP.put("/undo", "remove the last question and its answer");
        HELP.put("/again", "answer the last question again");
        HELP.put("/system TEXT", "set the system prompt; without TEXT, show it");
        HELP.put("/set NAME VALUE", "change temp, top-k, top-p, min-p, repeat-penalty, seed or n; without arguments, show them");
        HELP.put("/show", "show the prompt as the model receives it");
        HELP.put("/save FILE", "write the conversation to a text file");
    }

    private static final Map<String, BiFunction<SamplingOptions, Float, SamplingOptions>> SETTINGS = Map.of(
            "temp", SamplingOptions::withTemperature,
            "top-k", (sampling, value) -> sampling.withTopK(value.intValue()),
            "top-p", SamplingOptions::withTopP,
            "min-p", SamplingOptions::withMinP,
            "repeat-penalty", (sampling, value) -> sampling.withRepeatPenalty(value, sampling.repeatLastN()),
            "seed", (sampling, value) -> sampling.withSeed(value.longValue()));
    // @formatter:on

    private final Chat chat;
    private final PrintWriter out;

    ChatCommands(Chat chat, PrintWriter out) {
        this.chat = chat;
        this.out = out;
    }

    static boolean isCommand(String line) {
        return line.startsWith("/");
    }

    /** Names for completion. */
    static List<String> names() {
        return HELP.keySet().stream().map(usage -> usage.split(" ", 2)[0]).toList();
    }

    Next run(String line) throws IOException {
        String[] words = line.split("\\s+", 2);
        String rest = words.length > 1 ? words[1].strip() : "";
        switch (words[0]) {
            case "/exit", "/bye", "/quit" -> {
                return Next.END;
            }
            case "/clear" -> chat.clear();
            case "/undo" -> out.println(chat.undo().map(question -> "removed: " + question).orElse("nothing to remove"));
            case "/again" -> {
                return new Next(true, chat.undo());
            }
            case "/system" -> system(rest);
            case "/set" -> set(rest);
            case "/show" -> out.println(chat.model().promptText(conversation()));
            case "/save" -> save(rest);
            case "/help" -> HELP.forEach((usage, meaning) -> out.printf("  %-16s %s%n", usage, meaning));
            default -> out.println("no command " + words[0] + "; see /help");
        }
        return Next.PROMPT;
    }

    private Conversation conversation() {
        return Conversation.of(chat.all());
    }

    private void system(String text) {
        if (text.isEmpty()) {
            out.println(chat.system().orElse("no system prompt"));
        } else {
            chat.system(text);
        }
    }

    private void set(String rest) {
        String[] words = rest.split("\\s+");
        GenerationOptions options = chat.options();
        try {
            if (words.length == 2 && words[0].equals("n")) {
                chat.options(options.withMaxTokens(Integer.parseInt(words[1])));
            } else if (words.length == 2 && SETTINGS.containsKey(words[0])) {
                chat.options(options.with(SETTINGS.get(words[0]).apply(options.sampling(), Float.valueOf(words[1]))));
            } else {
                SamplingOptions s = options.sampling();
                out.printf("temp %s · top-k %s · top-p %s · min-p %s · repeat-penalty %s · seed %s · n %s%n", s.temperature(), s.topK(),
                        s.topP(), s.minP(), s.repeatPenalty(), s.seed().orElseThrow(), options.maxTokens());
            }
        } catch (IllegalArgumentException e) {
            out.println(e instanceof NumberFormatException ? words[1] + " is not a number" : e.getMessage());
        }
    }

    private void save(String name) throws IOException {
        if (name.isEmpty()) {
            out.println("/save needs a file name");
            return;
        }
        StringBuilder text = new StringBuilder();
        chat.all().forEach(message -> text.append("## ").append(message.role()).append("\n\n").append(message.content().orElse(""))
                .append("\n\n"));
        Files.writeString(Path.of(name), text, StandardCharsets.UTF_8);
        out.println("wrote " + name);
    }
}
