package dev.nibble.langchain4j;

import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;

/** Publishes an answer to one subscriber, at its pace. Unsubscribing ends the answer. */
final class AnswerEvents implements StreamingChatResponseHandler {
    private final SubmissionPublisher<ChatModelStreamingEvent> events = new SubmissionPublisher<>(Thread::startVirtualThread,
            Flow.defaultBufferSize());

    AnswerEvents(Flow.Subscriber<? super ChatModelStreamingEvent> subscriber) {
        events.subscribe(subscriber);
    }

    @Override
    public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
        events.submit(partial);
        if (!events.hasSubscribers()) {
            context.streamingHandle().cancel();
        }
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        events.submit(new CompleteResponse(response));
        events.close();
    }

    @Override
    public void onError(Throwable error) {
        events.closeExceptionally(error);
    }
}
