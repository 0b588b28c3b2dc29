package dev.nibble.text.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One turn of a conversation.
 *
 * @param role       {@code system}, {@code user}, {@code assistant}, {@code tool} or another role of the template
 * @param content    the text; absent for an assistant that only calls tools
 * @param toolCalls  calls of an assistant
 * @param toolCallId id of the call that a tool answers
 * @param name       name of the speaker or tool
 * @param extra      further fields as plain data, such as {@code reasoning_content}
 */
public record Message(String role, Optional<String> content, List<ToolCall> toolCalls, Optional<String> toolCallId, Optional<String> name,
        Map<String, Object> extra) {
    /**
     * A function the assistant wants called.
     *
     * @param arguments by name, as plain data
     */
    public record ToolCall(Optional<String> id, String name, Map<String, Object> arguments) {
        Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            id.ifPresent(value -> fields.put("id", value));
            fields.put("type", "function");
            Map<String, Object> function = new LinkedHashMap<>();
            function.put("name", name);
            function.put("arguments", arguments);
            fields.put("function", function);
            return fields;
        }
    }

    public static Message of(String role, String content) {
        return new Message(role, Optional.of(content), List.of(), Optional.empty(), Optional.empty(), Map.of());
    }

    /** The turn as templates see it; absent content is the empty string, because templates append it unasked. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("role", role);
        fields.put("content", content.orElse(""));
        if (!toolCalls.isEmpty()) {
            fields.put("tool_calls", toolCalls.stream().map(ToolCall::fields).toList());
        }
        toolCallId.ifPresent(id -> fields.put("tool_call_id", id));
        name.ifPresent(value -> fields.put("name", value));
        extra.forEach((key, value) -> {
            if (fields.containsKey(key)) {
                throw new IllegalArgumentException("the extra field " + key + " is a field of the message already");
            }
            fields.put(key, value);
        });
        return fields;
    }
}
