package dev.nibble.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import dev.nibble.LanguageModel;
import dev.nibble.Pooling;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A LangChain4j embedding model that computes in this process: one unit vector per text, one text after the other. A text longer than the
 * model's context is refused, not truncated.
 */
public final class NibbleEmbeddingModel implements EmbeddingModel {
    private final LanguageModel model;
    private final Pooling pooling;
    private final String modelName;
    private final List<EmbeddingModelListener> listeners;

    private NibbleEmbeddingModel(Builder builder) {
        this.model = builder.model;
        this.pooling = builder.pooling;
        this.modelName = builder.modelName;
        this.listeners = builder.listeners;
    }

    /** @param model closed by the caller */
    public static Builder builder(LanguageModel model) {
        return new Builder(model);
    }

    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        ModelName.check(request.modelName(), modelName);
        List<Embedding> embeddings = new ArrayList<>();
        int tokens = 0;
        for (EmbeddingInput input : request.inputs()) {
            tokens += tokens(input.text());
            embeddings.add(Embedding.from(LangChainExceptions.mapped(() -> model.embed(input.text(), pooling))));
        }
        return EmbeddingResponse.builder().embeddings(embeddings).modelName(modelName).tokenUsage(new TokenUsage(tokens, 0, tokens))
                .build();
    }

    private int tokens(String text) {
        int tokens = model.tokenizer().encode(text, true, false).length;
        if (tokens > model.context()) {
            throw new InvalidRequestException("a text has " + tokens + " tokens, and the context of " + modelName + " is "
                    + model.context() + ": split the text");
        }
        return tokens;
    }

    /** Length of the vectors. */
    @Override
    public int dimension() {
        return model.dimension();
    }

    @Override
    public String modelName() {
        return modelName;
    }

    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return Set.of(EmbeddingRequestParameters.MODEL_NAME);
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** Builder of embedding models; only the language model is required. */
    public static final class Builder {
        private final LanguageModel model;
        private Pooling pooling = Pooling.MEAN;
        private String modelName;
        private List<EmbeddingModelListener> listeners = List.of();

        private Builder(LanguageModel model) {
            this.model = model;
            this.modelName = ModelName.of(model);
        }

        /** Sets the pooling of a text's token states to one vector; the mean by default. */
        public Builder pooling(Pooling kind) {
            this.pooling = kind;
            return this;
        }

        /** Sets the model's name in requests and responses; by default that of its GGUF file or folder. */
        public Builder modelName(String name) {
            this.modelName = name;
            return this;
        }

        public Builder listeners(List<EmbeddingModelListener> embeddingModelListeners) {
            this.listeners = List.copyOf(embeddingModelListeners);
            return this;
        }

        public NibbleEmbeddingModel build() {
            return new NibbleEmbeddingModel(this);
        }
    }
}
