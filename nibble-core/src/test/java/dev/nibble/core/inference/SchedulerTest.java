package dev.nibble.core.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.Answer;
import dev.nibble.GenerationOptions;
import dev.nibble.SessionOptions;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.model.FailingModel;
import dev.nibble.text.tokenizer.Tokenizer;
import dev.nibble.text.tokenizer.TokenizerSource;
import dev.nibble.text.tokenizer.Tokenizers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps that throw: every answer fails with the exception as its cause, and the next one is computed. */
@Timeout(60)
class SchedulerTest {
    private static final GenerationOptions FEW = GenerationOptions.DEFAULTS.withMaxTokens(3).withIgnoreEnd(true);

    private static Tokenizer tokenizer() {
        List<String> tokens = IntStream.range(0, 8).mapToObj(i -> Character.toString('a' + i)).toList();
        return Tokenizers.ofChecked(new TokenizerSource(Path.of("test.gguf"), Map.of("tokenizer.ggml.model", "gpt2",
                "tokenizer.ggml.pre", "gpt-2", "tokenizer.ggml.tokens", tokens, "tokenizer.ggml.merges", List.of())));
    }

    private static Scheduler scheduler(FailingModel model) {
        return new Scheduler(model, tokenizer(), SessionOptions.DEFAULTS.with(Plain.F32).withContext(16).withSequences(1));
    }

    static Stream<Throwable> failures() {
        return Stream.of(new IllegalStateException("state"), new OutOfMemoryError("Java heap space"), new InternalError("kernel"),
                new StackOverflowError());
    }

    @SuppressWarnings("ReferenceEquality") // the same throwable
    private static void assertFails(Answer answer, Throwable cause) {
        assertThatThrownBy(answer::await).isInstanceOf(RuntimeException.class)
                .satisfies(thrown -> assertThat(thrown == cause || thrown.getCause() == cause).isTrue());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void whatForwardThrowsFailsItsAnswerAndNotTheNext(Throwable thrown) {
        FailingModel model = new FailingModel();
        try (Scheduler scheduler = scheduler(model)) {
            model.inForward(new Once(thrown));
            Answer failing = scheduler.submit(new int[]{1, 2}, FEW);
            Answer waiting = scheduler.submit(new int[]{1, 2}, FEW);
            model.release().countDown();
            assertFails(failing, thrown);
            assertThat(waiting.await().tokens()).hasSize(3);
            assertThat(scheduler.submit(new int[]{3}, FEW).await().tokens()).hasSize(3);
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void whatLogitsThrowFailsEveryAnswer(Throwable thrown) {
        FailingModel model = new FailingModel();
        try (Scheduler scheduler = scheduler(model)) {
            model.release().countDown();
            model.inLogits(() -> thrown);
            for (int i = 0; i < 3; i++) {
                assertFails(scheduler.submit(new int[]{1, 2}, FEW), thrown);
            }
            model.inLogits(() -> null);
            assertThat(scheduler.submit(new int[]{1, 2}, FEW).await().tokens()).hasSize(3);
        }
    }

    /** A sequence whose allocation fails must not count as used. */
    @ParameterizedTest
    @MethodSource("failures")
    void anAnswerThatCannotBeginLeavesItsPlace(Throwable thrown) {
        FailingModel model = new FailingModel();
        try (Scheduler scheduler = scheduler(model)) {
            model.release().countDown();
            model.inShape(() -> thrown);
            assertFails(scheduler.submit(new int[]{1, 2}, FEW), thrown);
            assertFails(scheduler.submit(new int[]{1, 2}, FEW), thrown);
            model.inShape(() -> null);
            assertThat(scheduler.submit(new int[]{1, 2}, FEW).await().tokens()).hasSize(3);
        }
    }

    @Test
    void closingFailsWhatIsComputedAndWhatWaits() {
        FailingModel model = new FailingModel();
        Scheduler scheduler = scheduler(model);
        List<Answer> answers = List.of(scheduler.submit(new int[]{1}, FEW.withMaxTokens(-1)), scheduler.submit(new int[]{1}, FEW));
        Thread closing = Thread.startVirtualThread(scheduler::close);
        while (closing.getState() == Thread.State.NEW || closing.getState() == Thread.State.RUNNABLE) {
            Thread.onSpinWait();
        }
        model.release().countDown();
        answers.forEach(answer -> assertThatThrownBy(answer::await).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed"));
        assertThatThrownBy(() -> scheduler.submit(new int[]{1}, FEW)).hasMessageContaining("closed");
    }

    @Test
    void aConsumerThatThrowsCancelsItsAnswer() {
        FailingModel model = new FailingModel();
        try (Scheduler scheduler = scheduler(model)) {
            model.release().countDown();
            Answer answer = scheduler.submit(new int[]{1}, FEW.withMaxTokens(8));
            assertThatThrownBy(() -> answer.await(text -> {
                throw new IllegalStateException("gone");
            })).hasMessage("gone");
            assertThat(answer.cancelled()).isTrue();
        }
    }

    /** Throws only the first time. */
    private static final class Once implements Supplier<Throwable> {
        private Throwable left;

        Once(Throwable failure) {
            left = failure;
        }

        @Override
        public synchronized Throwable get() {
            Throwable next = left;
            left = null;
            return next;
        }
    }
}
