package dev.nibble.text.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final List<Message> TURNS = List.of(Message.of("system", "S"), Message.of("user", "U"), Message.of("assistant", "A"),
            Message.of("user", "V"));

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '`', value = {
        "chatml!<|im_start|>system\\nS<|im_end|>\\n<|im_start|>user\\nU<|im_end|>\\n<|im_start|>assistant\\nA<|im_end|>\\n"
                + "<|im_start|>user\\nV<|im_end|>\\n<|im_start|>assistant\\n",
        "llama2!<s>[INST] <<SYS>>\\nS\\n<</SYS>>\\n\\nU [/INST] A </s><s>[INST] V [/INST]",
        "llama3!<s><|start_header_id|>system<|end_header_id|>\\n\\nS<|eot_id|><|start_header_id|>user<|end_header_id|>\\n\\nU<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\\n\\nA<|eot_id|><|start_header_id|>user<|end_header_id|>\\n\\nV<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\\n\\n",
        "mistral!<s>[INST] S\\n\\nU [/INST] A</s>[INST] V [/INST]",
        "gemma!<s><start_of_turn>user\\nS\\n\\nU<end_of_turn>\\n<start_of_turn>model\\nA<end_of_turn>\\n<start_of_turn>user\\nV<end_of_turn>\\n"
                + "<start_of_turn>model\\n",
        "phi3!<|system|>\\nS<|end|>\\n<|user|>\\nU<|end|>\\n<|assistant|>\\nA<|end|>\\n<|user|>\\nV<|end|>\\n<|assistant|>\\n",
        "zephyr!<|system|>\\nS</s>\\n<|user|>\\nU</s>\\n<|assistant|>\\nA</s>\\n<|user|>\\nV</s>\\n<|assistant|>\\n",
        "alpaca!S\\n\\n### Instruction:\\nU\\n\\n### Response:\\nA</s>\\n\\n### Instruction:\\nV\\n\\n### Response:\\n",
        "vicuna!<s>S USER: U ASSISTANT: A</s>USER: V ASSISTANT:"})
    void builtInTemplates(String name, String expected) {
        String prompt = ChatTemplate.builtIn(name).withTokens("<s>", "</s>").render(Conversation.of(TURNS));
        assertThat(prompt).isEqualTo(expected.replace("\\n", "\n"));
        assertThat(ChatTemplate.builtIn(name).capabilities()).isEqualTo(new ChatTemplate.Capabilities(true, false, false));
    }

    /** As in jinja2, where these filters look first whether there is any input. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "0", "''", "false", "{}", "[]", "missing"})
    void filtersThatSelectFindNothingInWhatIsFalse(String subject) {
        for (String filter : List.of("map('upper')", "map(attribute='x')", "select", "reject", "select('string')", "selectattr('x')",
                "rejectattr('x', 'equalto', 1)")) {
            String source = "{{ " + subject + " | " + filter + " | list | length }}";
            assertThat(ChatTemplate.of(source).render(Conversation.of(TURNS))).as(source).isEqualTo("0");
        }
    }

    @Test
    void whatIsTrueAndNoListIsStillRefused() {
        assertThatThrownBy(() -> ChatTemplate.of("{{ 1 | select | list }}").render(Conversation.of(TURNS)))
                .isInstanceOf(TemplateException.class).hasMessageContaining("not iterable");
    }

    @Test
    void everyBuiltInNameHasATemplate() {
        assertThat(BuiltInTemplates.names()).hasSize(9).allSatisfy(name -> Template.parse(BuiltInTemplates.source(name)));
        assertThatThrownBy(() -> BuiltInTemplates.source("../x")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("chatml");
    }

    @Test
    void refusalsCarryTheTemplatesWords() {
        ChatTemplate strict = ChatTemplate.of("a\n  {{ raise_exception('no ' ~ messages[0].role) }}");
        assertThatThrownBy(() -> strict.render(Conversation.of(TURNS))).isInstanceOfSatisfying(TemplateException.class, e -> {
            assertThat(e.kind()).isEqualTo(TemplateException.Kind.RAISED);
            assertThat(e.reason()).isEqualTo("no system");
            assertThat(e.getMessage()).isEqualTo("template: line 2, column 6: no system [TEMPLATE_RAISED]");
        });
        assertThat(strict.capabilities().systemRole()).isFalse();
    }

    @Test
    void systemTextCanGoToTheFirstUserTurn() {
        Conversation folded = Conversation.of(TURNS).withSystemFolded();
        assertThat(folded.messages()).hasSize(3);
        assertThat(folded.messages().getFirst()).containsEntry("role", "user").containsEntry("content", "S\n\nU");
        assertThat(Conversation.of(TURNS.subList(0, 1)).withSystemFolded().messages())
                .containsExactly(Map.of("role", "user", "content", "S"));
        assertThat(Conversation.of(TURNS.subList(1, 4)).withSystemFolded()).isEqualTo(Conversation.of(TURNS.subList(1, 4)));
    }

    @Test
    void fieldsOfMessages() {
        Message.ToolCall call = new Message.ToolCall(Optional.of("c1"), "f", Map.of("x", 1));
        Message calls = new Message("assistant", Optional.empty(), List.of(call), Optional.empty(), Optional.empty(),
                Map.of("thinking", "t"));
        ChatTemplate template = ChatTemplate.of("{{ messages | tojson }}{{ tools }}{{ thinking }}{{ add_generation_prompt }}");
        assertThat(template.render(Conversation.of(List.of(calls)).withVariables(Map.of("thinking", true)).withGenerationPrompt(false)))
                .isEqualTo("[{\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": [{\"id\": \"c1\", \"type\": \"function\", "
                        + "\"function\": {\"name\": \"f\", \"arguments\": {\"x\": 1}}}], \"thinking\": \"t\"}]NoneTrueFalse");
    }

    @Test
    void wrongConversationsAreNamed() {
        assertThatThrownBy(() -> new Conversation(List.of(Map.of("role", 3)), List.of(), true, Map.of()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("messages[0].role").hasMessageContaining("3");
        assertThatThrownBy(() -> new Conversation(List.of(Map.of("role", "user"), Map.of("role", "user", "content", 5)), List.of(), true,
                Map.of())).hasMessageContaining("messages[1].content");
        assertThatThrownBy(() -> new Conversation(List.of(Map.of("role", "user", "tool_calls", "x")), List.of(), true, Map.of()))
                .hasMessageContaining("messages[0].tool_calls");
        assertThatThrownBy(() -> Conversation.of(TURNS).withVariables(Map.of("messages", List.of()))).hasMessageContaining("reserved");
    }
}
