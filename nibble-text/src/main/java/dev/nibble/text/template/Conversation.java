package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Input of a chat template.
 *
 * @param messages            the turns as plain data; see {@link #of}
 * @param tools               functions the model may call, as JSON schemas in plain data
 * @param addGenerationPrompt whether the text ends with the opening of the assistant's turn
 * @param variables           further variables of the template, such as {@code enable_thinking}
 */
public record Conversation(List<Map<String, Object>> messages, List<Map<String, Object>> tools, boolean addGenerationPrompt,
        Map<String, Object> variables) {
    /** Names that variables must not take. */
    public static final Set<String> RESERVED = Set.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token", "range",
            "dict",
            "namespace", "raise_exception", "strftime_now", "cycler", "joiner", "loop", "caller");

    public Conversation {
        for (int i = 0; i < messages.size(); i++) {
            check("messages[" + i + "]", messages.get(i));
        }
        for (String name : variables.keySet()) {
            if (RESERVED.contains(name)) {
                throw new IllegalArgumentException("the variable " + name + " is reserved");
            }
        }
    }

    private static void check(String where, Map<String, Object> message) {
        if (!(message.get("role") instanceof String)) {
            throw new IllegalArgumentException(where + ".role: expected a string, found " + kind(message.get("role")));
        }
        Object content = message.get("content");
        if (!(content == null || content instanceof String || content instanceof List || content instanceof Map)) {
            throw new IllegalArgumentException(where + ".content: expected a string or a list of parts, found " + kind(content));
        }
        Object calls = message.get("tool_calls");
        if (!(calls == null || calls instanceof List<?> list && list.stream().allMatch(Map.class::isInstance))) {
            throw new IllegalArgumentException(where + ".tool_calls: expected a list of objects");
        }
    }

    private static String kind(Object value) {
        return switch (value) {
            case null -> "nothing";
            case Number number -> "the number " + number;
            case Boolean truth -> truth.toString();
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "an object";
            default -> "something else";
        };
    }

    /** A conversation of these turns, with the opening of the assistant's. */
    public static Conversation of(List<Message> messages) {
        return new Conversation(messages.stream().map(Message::fields).toList(), List.of(), true, Map.of());
    }

    public Conversation withTools(List<Map<String, Object>> schemas) {
        return new Conversation(messages, schemas, addGenerationPrompt, variables);
    }

    public Conversation withVariables(Map<String, Object> more) {
        return new Conversation(messages, tools, addGenerationPrompt, more);
    }

    public Conversation withGenerationPrompt(boolean add) {
        return new Conversation(messages, tools, add, variables);
    }

    /**
     * This conversation for a template without a system role: the text of the leading system turns is put before that of the first user
     * turn, separated by an empty line, or becomes a user turn if there is none.
     */
    public Conversation withSystemFolded() {
        List<String> system = new ArrayList<>();
        int first = 0;
        while (first < messages.size() && "system".equals(messages.get(first).get("role"))) {
            system.add(text(messages.get(first)));
            first++;
        }
        if (system.isEmpty()) {
            return this;
        }
        List<Map<String, Object>> folded = new ArrayList<>(messages.subList(first, messages.size()));
        boolean userFollows = !folded.isEmpty() && "user".equals(folded.getFirst().get("role"));
        if (userFollows) {
            system.add(text(folded.removeFirst()));
        }
        Map<String, Object> user = new LinkedHashMap<>(userFollows ? messages.get(first) : Map.of());
        user.put("role", "user");
        user.put("content", String.join("\n\n", system));
        folded.addFirst(user);
        return new Conversation(folded, tools, addGenerationPrompt, variables);
    }

    private static String text(Map<String, Object> message) {
        return switch (message.get("content")) {
            case null -> "";
            case String text -> text;
            default -> throw new IllegalArgumentException("the content of a system or user turn that is folded must be a string");
        };
    }
}
