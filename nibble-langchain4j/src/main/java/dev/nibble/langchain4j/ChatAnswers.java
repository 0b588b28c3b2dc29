package dev.nibble.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import dev.nibble.Answer;
import dev.nibble.Generation;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Answers LangChain4j's requests with a language model.
 *
 * @param options  defaults for requests
 * @param defaults defaults as LangChain4j's parameters
 */
record ChatAnswers(LanguageModel model, String modelName, GenerationOptions options, ChatRequestParameters defaults,
        List<ChatModelListener> listeners) {
    static final Set<Capability> CAPABILITIES = Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);

    Answer start(ChatRequest request) {
        ModelName.check(request.modelName(), modelName);
        return LangChainExceptions.mapped(() -> {
            GenerationOptions applied = RequestParameters.applied(request.parameters(), options);
            int[] prompt = model.prompt(Turns.conversation(request.messages()));
            if (prompt.length >= model.plan().context()) {
                throw new InvalidRequestException("the messages have " + prompt.length + " tokens, and the context is "
                        + model.plan().context() + ": send fewer or shorter ones, or load the model with a larger context");
            }
            return model.start(prompt, applied);
        });
    }

    ChatResponse response(Answer answer) {
        return response(answer, _ -> {});
    }

    /** Waits for the end of the answer. @param shown receives the text as it is generated, on this thread */
    ChatResponse response(Answer answer, Consumer<String> shown) {
        Generation generation = LangChainExceptions.mapped(() -> answer.await(shown));
        int prompt = generation.timings().promptTokens();
        int generated = generation.timings().generatedTokens();
        return ChatResponse.builder().aiMessage(AiMessage.from(generation.text())).modelName(modelName)
                .tokenUsage(new TokenUsage(prompt, generated, prompt + generated)).finishReason(reason(generation)).build();
    }

    private static FinishReason reason(Generation generation) {
        return switch (generation.finish()) {
            case END_OF_TEXT, STOP_STRING -> FinishReason.STOP;
            case MAX_TOKENS, CONTEXT_FULL -> FinishReason.LENGTH;
            case CANCELLED -> FinishReason.OTHER;
        };
    }
}
