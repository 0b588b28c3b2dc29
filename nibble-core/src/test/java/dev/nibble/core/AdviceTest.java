package dev.nibble.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import org.junit.jupiter.api.Test;

class AdviceTest {
    private static final Advice ADVICE = Advice.of("%s is too long; take a smaller %s, or %s", 12, Setting.CONTEXT.any(),
            Setting.BACKEND.of("vector"));

    @Test
    void isWordedForJavaAndForAProgram() {
        assertThat(ADVICE).hasToString("12 is too long; take a smaller context, or the backend vector");
        assertThat(ADVICE.text(choice -> "<" + choice.setting() + choice.value() + ">"))
                .isEqualTo("12 is too long; take a smaller <CONTEXT>, or <BACKENDvector>");
        assertThat(ADVICE.choices()).containsExactly(Setting.CONTEXT.any(), Setting.BACKEND.of("vector"));
    }

    @Test
    void exceptionsKeepItThroughTheirPlaces() {
        UnsupportedException inner = new UnsupportedException(ADVICE);
        UnsupportedException outer = inner.in("layer 100%");
        assertThat(outer).hasMessage("layer 100%: " + ADVICE).hasCause(inner);
        assertThat(outer.advice().choices()).isEqualTo(ADVICE.choices());
        assertThat(outer.message(choice -> "--x")).isEqualTo("layer 100%: 12 is too long; take a smaller --x, or --x");
    }

    @Test
    @SuppressWarnings("OrphanedFormatString")
    void plainMessagesAreNoFormats() {
        UnsupportedException plain = new UnsupportedException("100% of %s", new IllegalStateException());
        assertThat(plain).hasMessage("100% of %s").hasCauseInstanceOf(IllegalStateException.class);
        assertThat(plain.message(Object::toString)).isEqualTo("100% of %s");
    }
}
