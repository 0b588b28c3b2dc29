package dev.nibble.text.template;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model's chat template: renders conversations to prompts as the model was trained on. The variables are those of Hugging Face's
 * {@code apply_chat_template}; {@code tools} and {@code documents} are none if absent.
 */
public final class ChatTemplate {
    private static final String PROBE = "nibble_probe";

    private final Template template;
    private final String bosToken;
    private final String eosToken;
    private final RenderLimits limits;

    private ChatTemplate(Template template, String bosToken, String eosToken, RenderLimits limits) {
        this.template = template;
        this.bosToken = bosToken;
        this.eosToken = eosToken;
        this.limits = limits;
    }

    /** Parses a template; begin and end tokens are empty until {@link #withTokens} names them. */
    public static ChatTemplate of(String source) {
        return new ChatTemplate(Template.parse(source), "", "", RenderLimits.DEFAULT);
    }

    /** A template for models whose files have none; {@link BuiltInTemplates#names} lists them. */
    public static ChatTemplate builtIn(String name) {
        return of(BuiltInTemplates.source(name));
    }

    public ChatTemplate withTokens(String bos, String eos) {
        return new ChatTemplate(template, bos, eos, limits);
    }

    /** The same with other limits than the default ones, for templates that are not trusted. */
    public ChatTemplate withLimits(RenderLimits other) {
        return new ChatTemplate(template, bosToken, eosToken, other);
    }

    /** Renders the prompt with the present time in UTC. */
    public String render(Conversation conversation) {
        return render(conversation, Clock.systemUTC());
    }

    /**
     * Renders the prompt; a {@link TemplateException} of kind {@code RAISED} carries the template's own complaint about the conversation.
     */
    public String render(Conversation conversation, Clock clock) {
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("documents", null);
        context.putAll(conversation.variables());
        context.put("messages", conversation.messages());
        context.put("tools", conversation.tools().isEmpty() ? null : conversation.tools());
        context.put("add_generation_prompt", conversation.addGenerationPrompt());
        context.put("bos_token", bosToken);
        context.put("eos_token", eosToken);
        return template.render(context, limits, clock);
    }

    /**
     * Features of a conversation that a template supports.
     *
     * @param systemRole whether a system turn is accepted and its text appears
     * @param tools      whether the functions offered appear
     * @param toolCalls  whether calls of an assistant and their results appear
     */
    public record Capabilities(boolean systemRole, boolean tools, boolean toolCalls) {}

    /** Detects the capabilities by rendering small conversations and searching the text for their words. */
    public Capabilities capabilities() {
        Message user = Message.of("user", "question");
        Conversation plain = Conversation.of(List.of(user));
        Map<String, Object> parameters = Map.of("type", "object", "properties", Map.of());
        Map<String, Object> function = Map.of("name", PROBE, "description", "", "parameters", parameters);
        List<Map<String, Object>> tools = List.of(Map.of("type", "function", "function", function));
        Message.ToolCall call = new Message.ToolCall(Optional.of("123456789"), PROBE, Map.of());
        Message calls = new Message("assistant", Optional.empty(), List.of(call), Optional.empty(), Optional.empty(), Map.of());
        Message result = new Message("tool", Optional.of(PROBE + "_result"), List.of(), call.id(), Optional.of(PROBE), Map.of());
        String called = probe(Conversation.of(List.of(user, calls, result)));
        return new Capabilities(probe(Conversation.of(List.of(Message.of("system", PROBE), user))).contains(PROBE),
                probe(plain.withTools(tools)).contains(PROBE),
                called.contains(PROBE + "_result") && called.replace(PROBE + "_result", "").contains(PROBE));
    }

    private String probe(Conversation conversation) {
        try {
            return render(conversation, Clock.systemUTC());
        } catch (TemplateException e) {
            return "";
        }
    }
}
