package dev.nibble.langchain4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.nibble.Answer;
import dev.nibble.LanguageModel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Flow;

/**
 * A LangChain4j chat model that computes its answers in this process and streams them. Every answer has a virtual thread of its own: a slow
 * handler delays neither other answers nor the computation.
 *
 * <p>
 * Exceptions of a handler are passed to its {@code onError}, and the answer continues, as with LangChain4j's other models. A cancelled
 * answer no longer calls its handler.
 */
public final class NibbleStreamingChatModel implements StreamingChatModel {
    private final ChatAnswers answers;

    private NibbleStreamingChatModel(ChatAnswers answers) {
        this.answers = answers;
    }

    /** @param model with a chat template; closed by the caller */
    public static ChatModelBuilder<NibbleStreamingChatModel> builder(LanguageModel model) {
        return new ChatModelBuilder<>(model, NibbleStreamingChatModel::new);
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        Answer answer;
        try {
            answer = answers.start(request);
        } catch (RuntimeException e) {
            handler.onError(e);
            return;
        }
        AnswerStream stream = new AnswerStream(answer, handler);
        Thread.startVirtualThread(() -> stream.run(answers));
    }

    /** Answers for subscribers; each receives an answer of its own, computed from its subscription on. */
    @Override
    public Flow.Publisher<ChatModelStreamingEvent> doChat(ChatRequest request) {
        return subscriber -> doChat(request, new AnswerEvents(subscriber));
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return answers.defaults();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return answers.listeners();
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return ChatAnswers.CAPABILITIES;
    }
}
