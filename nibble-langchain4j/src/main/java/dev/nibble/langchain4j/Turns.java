package dev.nibble.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.nibble.text.template.Conversation;
import dev.nibble.text.template.Message;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Converts LangChain4j's messages to turns of a conversation. Several texts of one message are joined by a line break. */
final class Turns {
    private Turns() {}

    static Conversation conversation(List<ChatMessage> messages) {
        return Conversation.of(messages.stream().map(Turns::turn).toList());
    }

    private static Message turn(ChatMessage message) {
        return switch (message) {
            case SystemMessage system -> Message.of("system", system.text());
            case UserMessage user -> new Message("user", Optional.of(text("user", user.contents())), List.of(), Optional.empty(),
                    Optional.ofNullable(user.name()), Map.of());
            case AiMessage assistant -> assistant(assistant);
            case ToolExecutionResultMessage result -> new Message("tool", Optional.of(text("tool", result.contents())), List.of(),
                    Optional.ofNullable(result.id()), Optional.ofNullable(result.toolName()), Map.of());
            default -> throw new UnsupportedFeatureException("messages of type " + message.type() + " are not supported; there are SYSTEM, "
                    + "USER, AI and TOOL_EXECUTION_RESULT");
        };
    }

    private static Message assistant(AiMessage message) {
        if (message.images() != null && !message.images().isEmpty()) {
            throw unsupported("AI", "image");
        }
        Map<String, Object> extra = message.thinking() == null ? Map.of() : Map.of("reasoning_content", message.thinking());
        return new Message("assistant", Optional.ofNullable(message.text()),
                message.toolExecutionRequests().stream().map(Turns::toolCall).toList(), Optional.empty(), Optional.empty(), extra);
    }

    private static Message.ToolCall toolCall(ToolExecutionRequest request) {
        String arguments = request.arguments() == null || request.arguments().isBlank() ? "{}" : request.arguments();
        return new Message.ToolCall(Optional.ofNullable(request.id()), request.name(),
                PlainJson.object("the arguments of " + request.name(), arguments));
    }

    private static String text(String role, List<Content> contents) {
        return contents.stream().map(content -> {
            if (content instanceof TextContent text) {
                return text.text();
            }
            throw unsupported(role, content.type().name().toLowerCase(Locale.ROOT));
        }).collect(Collectors.joining("\n"));
    }

    private static UnsupportedFeatureException unsupported(String role, String kind) {
        return new UnsupportedFeatureException("content of type " + kind + " in a message of type " + role.toUpperCase(Locale.ROOT)
                + " is not supported; only text is");
    }
}
