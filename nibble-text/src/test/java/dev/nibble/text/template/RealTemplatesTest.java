package dev.nibble.text.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Chat templates of well-known models: the prompts equal those of Python's jinja2, and corrupted templates are handled safely. */
@Tag("shared")
class RealTemplatesTest {
    private static final String REFUSED = "<refused>";
    private static final RenderLimits SMALL = RenderLimits.DEFAULT.withSteps(200_000).withOutput(1 << 20);

    private static Map<String, String> templates() throws IOException {
        Map<String, String> templates = new LinkedHashMap<>();
        Path folder = Path.of(System.getProperty("nibble.shared", "../../shared"), "tokenizers", "chat-templates");
        assumeTrue(Files.exists(folder), () -> "reference material is absent: " + folder);
        try (var files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".jinja")).sorted().toList()) {
                templates.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return templates;
    }

    private static Map<String, Object> context(Json conversations, String name, boolean prompt) {
        Map<String, Object> context = new LinkedHashMap<>(PlainJson.map(conversations.require("common")));
        context.putAll(PlainJson.map(conversations.require("conversations").require(name)));
        context.put("add_generation_prompt", prompt);
        return context;
    }

    @Test
    void everyPromptIsThatOfPython() throws Exception {
        Map<String, String> templates = templates();
        Json conversations = PlainJson.resource("conversations.json");
        List<String> wrong = new ArrayList<>();
        List<Json> cases = PlainJson.resource("real-templates.json").require("cases").elements();
        for (Json one : cases) {
            String name = one.require("template").string();
            Map<String, Object> context = context(conversations, one.require("conversation").string(), one.require("prompt").bool());
            String expected = one.get("sha256").map(Json::string).orElse(REFUSED);
            String found = GoldenTemplatesTest.render(templates.get(name), context);
            if (!expected.equals(found.equals(REFUSED) ? REFUSED : sha256(found))) {
                wrong.add(name + ", " + one.require("conversation").string() + "\n  found: " + found);
            }
        }
        assertThat(cases).hasSizeGreaterThan(500);
        assertThat(wrong).as("%d of %d prompts differ", wrong.size(), cases.size()).isEmpty();
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void everyBeginningIsATemplateOrRefusedByPlace() throws Exception {
        for (Map.Entry<String, String> template : templates().entrySet()) {
            for (int end = 0; end <= template.getValue().length(); end++) {
                parseOrRefuse(template.getKey() + " cut at " + end, template.getValue().substring(0, end));
            }
        }
    }

    private static void parseOrRefuse(String name, String source) {
        try {
            Template.parse(source);
        } catch (TemplateException e) {
            assertThat(e.line()).as(name).isPositive();
        }
    }

    @Test
    void randomDamageDoesNoHarm() throws Exception {
        long seed = 20250307;
        System.err.println("seed " + seed);
        Random random = new Random(seed);
        Json conversations = PlainJson.resource("conversations.json");
        List<Map<String, Object>> contexts = List.of(context(conversations, "two calls", true), context(conversations, "parts", false),
                context(conversations, "developer and settings", true), context(conversations, "tools and system", true));
        for (String template : templates().values()) {
            for (int i = 0; i < 400; i++) {
                String damaged = damaged(template, random);
                try {
                    Template.parse(damaged).render(contexts.get(i % contexts.size()), SMALL, GoldenTemplatesTest.CLOCK);
                } catch (TemplateException e) {
                    assertThat(e.line()).as(damaged).isPositive();
                }
            }
        }
    }

    private static final String[] PIECES = {"{{", "}}", "{%", "%}", "-%}", "{#", "|", ".", "(", ")", "[", "]", "::", "-1", "0", "*", "**",
        "%",
        "'", "\"", " if ", " else ", " in ", " is ", " not ", "none", "loop", "range(9)", "[0]", "|list", "|tojson", "|length", "~",
        "{% endif %}",
        "{% endfor %}", "{% for x in messages %}", "messages", "|map('upper')", "|sort", "{% break %}", "\\", "\0", "é", "9999999999"};

    private static String damaged(String template, Random random) {
        StringBuilder damaged = new StringBuilder(template);
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            int at = random.nextInt(damaged.length());
            int length = Math.min(random.nextInt(6), damaged.length() - at);
            switch (random.nextInt(3)) {
                case 0 -> damaged.delete(at, at + length);
                case 1 -> damaged.insert(at, PIECES[random.nextInt(PIECES.length)]);
                default -> damaged.replace(at, at + length, PIECES[random.nextInt(PIECES.length)]);
            }
        }
        return damaged.toString();
    }

    private static final Message SYSTEM = Message.of("system", "Be brief.");
    private static final Message USER = Message.of("user", " Hi ");
    private static final Message ASSISTANT = Message.of("assistant", "Hello");

    private static String rendered(String template, Message... messages) throws IOException {
        return ChatTemplate.of(templates().get(template)).withTokens("<s>", "</s>").render(Conversation.of(List.of(messages)),
                GoldenTemplatesTest.CLOCK);
    }

    @Test
    void promptsWorkedOutByHand() throws Exception {
        assertThat(rendered("google-gemma-2-2b-it.jinja", USER, ASSISTANT, USER)).isEqualTo("""
                <s><start_of_turn>user
                Hi<end_of_turn>
                <start_of_turn>model
                Hello<end_of_turn>
                <start_of_turn>user
                Hi<end_of_turn>
                <start_of_turn>model
                """);
        assertThat(rendered("microsoft-Phi-3.5-mini-instruct.jinja", SYSTEM, USER))
                .isEqualTo("<|system|>\nBe brief.<|end|>\n<|user|>\n Hi <|end|>\n<|assistant|>\n");
        assertThat(rendered("Qwen-Qwen3-0.6B.jinja", SYSTEM, USER, ASSISTANT, USER)).isEqualTo("""
                <|im_start|>system
                Be brief.<|im_end|>
                <|im_start|>user
                 Hi <|im_end|>
                <|im_start|>assistant
                Hello<|im_end|>
                <|im_start|>user
                 Hi <|im_end|>
                <|im_start|>assistant
                """);
        assertThat(rendered("mistralai-Mistral-Nemo-Instruct-2407.jinja", SYSTEM, USER, ASSISTANT, USER))
                .isEqualTo("<s>[INST] Hi [/INST]Hello</s>[INST]Be brief.\n\n Hi [/INST]");
        assertThat(rendered("deepseek-ai-DeepSeek-V3.1.jinja", SYSTEM, USER, ASSISTANT, USER)).isEqualTo(
                "<s>Be brief.<｜User｜> Hi <｜Assistant｜><think></think>Hello<｜end▁of▁sentence｜><｜User｜> Hi "
                        + "<｜Assistant｜><think></think>");
    }

    @Test
    void capabilitiesAreFoundByProbing() throws Exception {
        Map<String, String> templates = templates();
        assertThat(ChatTemplate.of(templates.get("google-gemma-2-2b-it.jinja")).capabilities())
                .isEqualTo(new ChatTemplate.Capabilities(false, false, false));
        assertThat(ChatTemplate.of(templates.get("Qwen-Qwen3-0.6B.jinja")).capabilities())
                .isEqualTo(new ChatTemplate.Capabilities(true, true, true));
        assertThat(ChatTemplate.of(templates.get("microsoft-Phi-3.5-mini-instruct.jinja")).capabilities())
                .isEqualTo(new ChatTemplate.Capabilities(true, false, false));
        assertThat(ChatTemplate.of(templates.get("mistralai-Mistral-Nemo-Instruct-2407.jinja")).capabilities())
                .isEqualTo(new ChatTemplate.Capabilities(true, true, true));
    }
}
