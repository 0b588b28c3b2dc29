package dev.nibble.core.inference;

import dev.nibble.text.template.ChatTemplate;
import dev.nibble.text.template.Conversation;
import dev.nibble.text.template.TemplateException;
import dev.nibble.text.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Converts conversations to token ids. Control tokens written by the template become control tokens; the same strings in messages stay
 * text.
 */
public final class ChatPrompt {
    /** Inserted after the first character of control-token strings in messages, removed before tokenizing. */
    private static final String MARK = "\uE0F7";

    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final Pattern controls;

    public ChatPrompt(Tokenizer tokenizer, ChatTemplate template) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.controls = Pattern.compile(IntStream.range(0, tokenizer.size()).filter(id -> tokenizer.bytes(id).length == 0)
                .mapToObj(tokenizer::token).filter(name -> name.length() > 1)
                .sorted(Comparator.comparingInt(String::length).reversed()).map(Pattern::quote).collect(Collectors.joining("|")));
    }

    /**
     * The prompt as text. If the template itself refuses a system message, it is merged into the first user message; faults of the template
     * are thrown.
     */
    public String text(Conversation conversation) {
        try {
            return template.render(conversation);
        } catch (TemplateException e) {
            Conversation folded = conversation.withSystemFolded();
            if (e.kind() != TemplateException.Kind.RAISED || folded.equals(conversation)) {
                throw e;
            }
            return folded(folded, e);
        }
    }

    private String folded(Conversation conversation, TemplateException refused) {
        try {
            return template.render(conversation);
        } catch (TemplateException e) {
            throw e.reason().equals(refused.reason())
                    ? refused
                    : e.after(refused, "the system message was merged into the first user message");
        }
    }

    public int[] ids(Conversation conversation) {
        List<Map<String, Object>> marked = new ArrayList<>();
        conversation.messages().forEach(message -> marked.add(marked(message)));
        boolean unmarked = marked.equals(conversation.messages());
        String text = text(new Conversation(marked, conversation.tools(), conversation.addGenerationPrompt(), conversation.variables()));
        boolean begins = tokenizer.special().bos().isPresent() && text.startsWith(tokenizer.token(tokenizer.special().bos().getAsInt()));
        int[] ids = unmarked ? tokenizer.encode(text, false, true) : encodeMarked(text);
        boolean addsBegin = tokenizer.special().addsBos() && !begins;
        return addsBegin ? IntStream.concat(IntStream.of(tokenizer.special().bos().orElseThrow()), IntStream.of(ids)).toArray() : ids;
    }

    private Map<String, Object> marked(Map<String, Object> message) {
        Map<String, Object> marked = new LinkedHashMap<>();
        message.forEach((key, value) -> marked.put(key, marked(value)));
        return marked;
    }

    private Object marked(Object value) {
        return switch (value) {
            case String text when !controls.pattern().isEmpty() -> controls.matcher(text)
                    .replaceAll(found -> Matcher.quoteReplacement(found.group().substring(0, 1) + MARK + found.group().substring(1)));
            case List<?> list -> list.stream().map(this::marked).toList();
            case Map<?, ?> map -> map.entrySet().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, entry -> marked(entry.getValue()), (a, b) -> b, LinkedHashMap::new));
            default -> value;
        };
    }

    /** Encodes unmarked control tokens as such and everything between them as text. */
    private int[] encodeMarked(String text) {
        IntStream.Builder ids = IntStream.builder();
        Matcher found = controls.matcher(text);
        int from = 0;
        while (found.find()) {
            add(text.substring(from, found.start()), ids);
            ids.add(tokenizer.id(found.group()).orElseThrow());
            from = found.end();
        }
        add(text.substring(from), ids);
        return ids.build().toArray();
    }

    private void add(String text, IntStream.Builder ids) {
        if (!text.isEmpty()) {
            IntStream.of(tokenizer.encode(text.replace(MARK, ""), false, false)).forEach(ids::add);
        }
    }
}
