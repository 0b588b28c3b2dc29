package dev.nibble.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.nibble.Answer;

/** An answer streamed to a handler, which may cancel it. */
final class AnswerStream implements StreamingHandle {
    private static final System.Logger LOG = System.getLogger(AnswerStream.class.getName());

    private final Answer answer;
    private final StreamingChatResponseHandler handler;
    private volatile boolean cancelled;

    AnswerStream(Answer answer, StreamingChatResponseHandler handler) {
        this.answer = answer;
        this.handler = handler;
    }

    /** Streams the answer until it ends. */
    void run(ChatAnswers answers) {
        PartialResponseContext context = new PartialResponseContext(this);
        try {
            ChatResponse response = answers.response(answer,
                    text -> tell(() -> handler.onPartialResponse(new PartialResponse(text), context)));
            tell(() -> handler.onCompleteResponse(response));
        } catch (RuntimeException | Error e) {
            fail(e);
        } finally {
            answer.cancel(); // an Error ends it early: nobody reads the rest
        }
    }

    private void tell(Runnable news) {
        if (cancelled) {
            return;
        }
        try {
            news.run();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void fail(Throwable cause) {
        if (cancelled) {
            return;
        }
        try {
            handler.onError(cause);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "the handler of an answer failed in onError", e);
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        answer.cancel();
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }
}
