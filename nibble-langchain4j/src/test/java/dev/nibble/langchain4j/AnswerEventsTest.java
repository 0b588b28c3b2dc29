package dev.nibble.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers as events for subscribers. */
class AnswerEventsTest {
    private static final String STORY = "Tell me of a cat.";

    @TempDir
    static Path folder;
    private static LanguageModel languageModel;

    @BeforeAll
    static void load() throws IOException {
        languageModel = TinyModel.openEndless(folder);
    }

    @AfterAll
    static void close() {
        languageModel.close();
    }

    /** Requests one event after the other, up to a limit, and then unsubscribes. */
    private static final class Reader implements Flow.Subscriber<ChatModelStreamingEvent> {
        final List<ChatModelStreamingEvent> events = new CopyOnWriteArrayList<>();
        final CompletableFuture<Boolean> end = new CompletableFuture<>();
        private final int max;
        private Flow.Subscription subscription;

        Reader(int max) {
            this.max = max;
        }

        @Override
        public void onSubscribe(Flow.Subscription one) {
            this.subscription = one;
            one.request(1);
        }

        @Override
        public void onNext(ChatModelStreamingEvent event) {
            events.add(event);
            if (events.size() == max) {
                subscription.cancel();
                end.complete(false);
            } else {
                subscription.request(1);
            }
        }

        @Override
        public void onError(Throwable error) {
            end.completeExceptionally(error);
        }

        @Override
        public void onComplete() {
            end.complete(true);
        }

        boolean await() throws Exception {
            return end.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void areThePiecesAndThenTheWhole() throws Exception {
        Flow.Publisher<ChatModelStreamingEvent> publisher = model(TinyModel.SHORT).chat(UserMessage.from(STORY));
        ChatResponse expected = NibbleChatModel.builder(languageModel).options(TinyModel.SHORT).build().chat(UserMessage.from(STORY));
        for (int subscriber = 0; subscriber < 2; subscriber++) {
            Reader reader = new Reader(Integer.MAX_VALUE);
            publisher.subscribe(reader);
            assertTrue(reader.await());
            assertEquals(expected, assertInstanceOf(CompleteResponse.class, reader.events.getLast()).chatResponse());
            StringBuilder text = new StringBuilder();
            reader.events.subList(0, reader.events.size() - 1).forEach(event -> text.append(((PartialResponse) event).text()));
            assertEquals(expected.aiMessage().text(), text.toString());
        }
    }

    @Test
    void whoUnsubscribesEndsTheAnswer() throws Exception {
        Reader few = new Reader(3);
        model(TinyModel.ENDLESS).chat(UserMessage.from(STORY)).subscribe(few);
        assertTrue(!few.await());
        Reader next = new Reader(Integer.MAX_VALUE);
        model(TinyModel.SHORT).chat(UserMessage.from(STORY)).subscribe(next);
        assertTrue(next.await());
        assertEquals(3, few.events.size());
    }

    @Test
    void aRefusedRequestIsAnError() {
        Reader reader = new Reader(1);
        model(TinyModel.SHORT).chat(ChatRequest.builder().messages(UserMessage.from(STORY))
                .parameters(ChatRequestParameters.builder().topP(2.0).build()).build()).subscribe(reader);
        assertInstanceOf(InvalidRequestException.class, assertThrows(ExecutionException.class, reader::await).getCause());
    }

    private static NibbleStreamingChatModel model(GenerationOptions options) {
        return NibbleStreamingChatModel.builder(languageModel).options(options).build();
    }
}
