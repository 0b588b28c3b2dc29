package dev.nibble.langchain4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.nibble.Answer;
import dev.nibble.LanguageModel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A LangChain4j chat model that computes its answers in this process. Thread-safe; the language model's {@link dev.nibble.SessionOptions}
 * limit the answers computed at a time.
 *
 * <pre>{@code
 * try (LanguageModel languageModel = LanguageModel.load(Path.of("model.gguf"))) {
 *     ChatModel model = NibbleChatModel.builder(languageModel).build();
 *     System.out.println(model.chat("Why is the sky blue?"));
 * }
 * }</pre>
 *
 * <p>
 * A response format of JSON constrains the answer to the schema, or to any JSON object, token by token. The model does not see the schema:
 * describe the expected content in the messages. An answer with {@code FinishReason.LENGTH} may be incomplete JSON.
 */
public final class NibbleChatModel implements ChatModel {
    private final ChatAnswers answers;

    private NibbleChatModel(ChatAnswers answers) {
        this.answers = answers;
    }

    /** @param model with a chat template; closed by the caller */
    public static ChatModelBuilder<NibbleChatModel> builder(LanguageModel model) {
        return new ChatModelBuilder<>(model, NibbleChatModel::new);
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        return answers.response(answers.start(request));
    }

    /** Answers on a virtual thread. Cancelling the future ends the answer. */
    @Override
    public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
        Answer answer = answers.start(request);
        CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        var _ = response.whenComplete((_, _) -> answer.cancel());
        Thread.startVirtualThread(() -> {
            try {
                response.complete(answers.response(answer));
            } catch (RuntimeException | Error e) {
                response.completeExceptionally(e);
            }
        });
        return response;
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
