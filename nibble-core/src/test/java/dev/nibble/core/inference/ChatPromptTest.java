package dev.nibble.core.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.text.template.ChatTemplate;
import dev.nibble.text.template.Conversation;
import dev.nibble.text.template.Message;
import dev.nibble.text.template.RenderLimits;
import dev.nibble.text.template.TemplateException;
import dev.nibble.text.tokenizer.Tokenizer;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Merging of a system message into the first user message, and the error if that does not help. */
class ChatPromptTest {
    private static final String NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}";
    private static final String REST = "{% for m in messages %}{{ m.role }}:{{ m.content }};{% endfor %}";
    private static final List<Message> TURNS = List.of(Message.of("system", "S"), Message.of("user", "U"));

    private static String text(ChatTemplate template) {
        Tokenizer empty = (Tokenizer) Proxy.newProxyInstance(Tokenizer.class.getClassLoader(), new Class<?>[]{Tokenizer.class},
                (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("size");
                    return 0;
                });
        return new ChatPrompt(empty, template).text(Conversation.of(TURNS));
    }

    private static String text(String template) {
        return text(ChatTemplate.of(template));
    }

    private static TemplateException.Kind kind(Throwable e) {
        return ((TemplateException) e).kind();
    }

    @Test
    void refusedSystemMessageGoesIntoTheFirstUserMessage() {
        assertThat(text(NO_SYSTEM + REST)).startsWith("user:S").endsWith("U;").doesNotContain("system");
        assertThat(text(REST)).isEqualTo("system:S;user:U;");
    }

    @Test
    void faultsOfTheTemplateAreReportedAsTheyAre() {
        String faulty = "{% if messages[0].role == 'system' %}{{ 1 + 'a' }}{% endif %}" + REST;
        assertThatThrownBy(() -> text(faulty)).isInstanceOf(TemplateException.class)
                .satisfies(e -> assertThat(kind(e)).isEqualTo(TemplateException.Kind.RUNTIME));
        String longer = "{% if messages[0].role == 'system' %}{% for i in range(1000) %}x{% endfor %}{% endif %}" + REST;
        assertThatThrownBy(() -> text(ChatTemplate.of(longer).withLimits(RenderLimits.DEFAULT.withSteps(500))))
                .isInstanceOf(TemplateException.class)
                .satisfies(e -> assertThat(kind(e)).isEqualTo(TemplateException.Kind.BUDGET));
    }

    @Test
    void refusalsBeforeAndAfterAreBothTold() {
        assertThatThrownBy(() -> text(NO_SYSTEM + "{{ raise_exception('no users') }}")).isInstanceOf(TemplateException.class)
                .hasMessageContaining("no users").hasMessageContaining("System role not supported")
                .cause().hasMessageContaining("System role not supported");
        assertThatThrownBy(() -> text("{{ raise_exception('never') }}")).isInstanceOf(TemplateException.class).hasNoCause()
                .satisfies(e -> assertThat(((TemplateException) e).reason()).isEqualTo("never"));
    }
}
