package dev.nibble.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers streamed by a model that computes one at a time. */
class NibbleStreamingChatModelTest {
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

    /** Records events. */
    private static class Listener implements StreamingChatResponseHandler {
        final List<String> pieces = new CopyOnWriteArrayList<>();
        final List<Throwable> errors = new CopyOnWriteArrayList<>();
        final CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        private final BiConsumer<String, PartialResponseContext> also;

        Listener(BiConsumer<String, PartialResponseContext> also) {
            this.also = also;
        }

        Listener() {
            this((_, _) -> {});
        }

        @Override
        public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
            pieces.add(partial.text());
            also.accept(partial.text(), context);
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            end.complete(response);
        }

        @Override
        public void onError(Throwable error) {
            errors.add(error);
            if (!(error instanceof Complaint)) {
                end.completeExceptionally(error);
            }
        }

        ChatResponse await() throws Exception {
            return end.get(60, TimeUnit.SECONDS);
        }
    }

    private static final class Complaint extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @Test
    void tellsWhatTheBlockingModelAnswers() throws Exception {
        Listener listener = new Listener();
        streaming(TinyModel.SHORT).chat(STORY, listener);
        ChatResponse expected = NibbleChatModel.builder(languageModel).options(TinyModel.SHORT).build().chat(UserMessage.from(STORY));
        assertEquals(expected, listener.await());
        assertEquals(expected.aiMessage().text(), String.join("", listener.pieces));
        assertTrue(listener.pieces.size() > 10, listener.pieces::toString);
        assertEquals(List.of(), listener.errors);
    }

    @Test
    void aCancelledAnswerEndsAndIsToldNoMore() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        Listener listener = new Listener((_, context) -> {
            context.streamingHandle().cancel();
            assertTrue(context.streamingHandle().isCancelled());
            cancelled.countDown();
        });
        streaming(TinyModel.ENDLESS).chat(STORY, listener);
        assertTrue(cancelled.await(60, TimeUnit.SECONDS));
        Listener next = new Listener();
        streaming(TinyModel.SHORT).chat(STORY, next);
        next.await();
        assertEquals(1, listener.pieces.size());
        assertEquals(List.of(), listener.errors);
        assertTrue(!listener.end.isDone(), "a cancelled answer was completed");
    }

    @Test
    void aHandlerThatWaitsHoldsUpNobody() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        Listener slow = new Listener((_, _) -> await(released));
        streaming(TinyModel.SHORT).chat(STORY, slow);
        Listener other = new Listener();
        streaming(TinyModel.SHORT).chat(STORY, other);
        ChatResponse second = other.await();
        assertTrue(slow.pieces.size() <= 1);
        released.countDown();
        assertEquals(slow.await(), second);
    }

    @Test
    void whatAHandlerThrowsIsItsOwnError() throws Exception {
        Listener listener = new Listener((_, _) -> {
            throw new Complaint();
        });
        streaming(TinyModel.SHORT).chat(STORY, listener);
        assertEquals(listener.await().aiMessage().text(), String.join("", listener.pieces));
        assertEquals(listener.pieces.size(), listener.errors.size());
        assertInstanceOf(Complaint.class, listener.errors.getFirst());
    }

    @Test
    void anErrorOfAHandlerEndsItsAnswer() {
        AssertionError thrown = new AssertionError("of the handler");
        Listener listener = new Listener((_, _) -> {
            throw thrown;
        });
        streaming(TinyModel.SHORT).chat(STORY, listener);
        assertEquals(thrown, assertThrows(ExecutionException.class, listener::await).getCause());
        assertEquals(1, listener.pieces.size());
    }

    @Test
    void aRefusedRequestIsAnError() {
        Listener listener = new Listener();
        streaming(TinyModel.SHORT).chat(ChatRequest.builder().messages(UserMessage.from(STORY))
                .parameters(ChatRequestParameters.builder().temperature(-1.0).build()).build(), listener);
        assertInstanceOf(InvalidRequestException.class, listener.errors.getFirst());
        assertTrue(listener.errors.getFirst().getMessage().contains("temperature"), listener.errors.getFirst().getMessage());
    }

    @Test
    void aModelThatIsClosedMeanwhileIsAnError() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Listener listener = new Listener((_, _) -> {
            started.countDown();
            await(closed);
        });
        Listener waiting = new Listener();
        LanguageModel own = TinyModel.openEndless(folder);
        streaming(own, TinyModel.ENDLESS).chat(STORY, listener);
        streaming(own, TinyModel.ENDLESS).chat(STORY, waiting);
        assertTrue(started.await(60, TimeUnit.SECONDS));
        own.close();
        closed.countDown();
        ExecutionException failed = assertThrows(ExecutionException.class, waiting::await);
        assertTrue(failed.getCause().getMessage().contains("the model was closed"), failed.getCause().getMessage());
    }

    private static StreamingChatModel streaming(GenerationOptions options) {
        return streaming(languageModel, options);
    }

    private static StreamingChatModel streaming(LanguageModel model, GenerationOptions options) {
        return NibbleStreamingChatModel.builder(model).options(options).build();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
