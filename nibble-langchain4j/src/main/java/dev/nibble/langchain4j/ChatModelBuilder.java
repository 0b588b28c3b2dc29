package dev.nibble.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.text.template.BuiltInTemplates;
import java.util.List;
import java.util.function.Function;

/** Builder of chat models; only the language model is required. */
public final class ChatModelBuilder<M> {
    private final LanguageModel model;
    private final Function<ChatAnswers, M> made;
    private String modelName;
    private GenerationOptions options = GenerationOptions.DEFAULTS;
    private ChatRequestParameters parameters = DefaultChatRequestParameters.EMPTY;
    private List<ChatModelListener> listeners = List.of();

    ChatModelBuilder(LanguageModel model, Function<ChatAnswers, M> made) {
        this.model = model;
        this.made = made;
        this.modelName = ModelName.of(model);
    }

    /** Sets the model's name in requests and responses; by default that of its GGUF file or folder. */
    public ChatModelBuilder<M> modelName(String name) {
        this.modelName = name;
        return this;
    }

    /** Sets the defaults for requests, including options unknown to LangChain4j: seed, min-p, logit bias, a grammar. */
    public ChatModelBuilder<M> options(GenerationOptions generationOptions) {
        this.options = generationOptions;
        return this;
    }

    /** Sets the defaults for requests as LangChain4j's parameters, which override {@link #options}. */
    public ChatModelBuilder<M> defaultRequestParameters(ChatRequestParameters requestParameters) {
        this.parameters = requestParameters;
        return this;
    }

    public ChatModelBuilder<M> listeners(List<ChatModelListener> chatModelListeners) {
        this.listeners = List.copyOf(chatModelListeners);
        return this;
    }

    /** @throws IllegalArgumentException if the language model has no chat template, or a default is out of its range */
    public M build() {
        if (!model.hasChatTemplate()) {
            throw new IllegalArgumentException(model.path() + " has no chat template; give it one of "
                    + String.join(", ", BuiltInTemplates.names()) + " with LanguageModel.with(ChatTemplate.builtIn(name))");
        }
        ChatRequestParameters defaults = RequestParameters.of(options, modelName).overrideWith(parameters);
        return made.apply(new ChatAnswers(model, defaults.modelName(), RequestParameters.applied(defaults, options), defaults, listeners));
    }
}
