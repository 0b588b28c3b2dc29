package dev.nibble.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.nibble.GenerationOptions;
import dev.nibble.text.grammar.Grammar;
import dev.nibble.text.grammar.JsonSchema;
import dev.nibble.text.sampling.SamplingOptions;
import java.util.Optional;

/** Converts between request parameters and generation options. */
final class RequestParameters {
    private RequestParameters() {}

    /** The options that LangChain4j has parameters for. */
    static ChatRequestParameters of(GenerationOptions options, String modelName) {
        SamplingOptions sampling = options.sampling();
        return ChatRequestParameters.builder().modelName(modelName).temperature(decimal(sampling.temperature()))
                .topK(sampling.topK()).topP(decimal(sampling.topP())).frequencyPenalty(decimal(sampling.frequencyPenalty()))
                .presencePenalty(decimal(sampling.presencePenalty())).stopSequences(options.stops())
                .maxOutputTokens(options.maxTokens() < 0 ? null : options.maxTokens()).build();
    }

    /** 0.8f as 0.8, not as 0.800000011920929. */
    private static double decimal(float number) {
        return Double.parseDouble(Float.toString(number));
    }

    /**
     * The options overridden by the parameters.
     *
     * @throws UnsupportedFeatureException if they offer tools
     */
    static GenerationOptions applied(ChatRequestParameters parameters, GenerationOptions options) {
        refuseTools(parameters);
        SamplingOptions sampling = sampling(parameters, options.sampling());
        GenerationOptions applied = options.with(sampling);
        if (parameters.maxOutputTokens() != null) {
            if (parameters.maxOutputTokens() < 1) {
                throw new IllegalArgumentException("maxOutputTokens is " + parameters.maxOutputTokens() + ", expected 1 or more");
            }
            applied = applied.withMaxTokens(parameters.maxOutputTokens());
        }
        if (parameters.stopSequences() != null && !parameters.stopSequences().isEmpty()) {
            applied = applied.withStops(parameters.stopSequences().toArray(String[]::new));
        }
        Optional<Grammar> grammar = grammar(parameters.responseFormat());
        return grammar.isPresent() ? applied.with(grammar.get()) : applied;
    }

    private static SamplingOptions sampling(ChatRequestParameters parameters, SamplingOptions sampling) {
        SamplingOptions applied = sampling;
        if (parameters.temperature() != null) {
            applied = applied.withTemperature(parameters.temperature().floatValue());
        }
        if (parameters.topP() != null) {
            applied = applied.withTopP(parameters.topP().floatValue());
        }
        if (parameters.topK() != null) {
            applied = applied.withTopK(parameters.topK());
        }
        if (parameters.frequencyPenalty() != null) {
            applied = applied.withFrequencyPenalty(parameters.frequencyPenalty().floatValue());
        }
        if (parameters.presencePenalty() != null) {
            applied = applied.withPresencePenalty(parameters.presencePenalty().floatValue());
        }
        return applied;
    }

    private static Optional<Grammar> grammar(ResponseFormat format) {
        if (format == null || format.type() != ResponseFormatType.JSON) {
            return Optional.empty();
        }
        return Optional
                .of(format.jsonSchema() == null ? JsonSchema.anyObject() : ResponseSchema.grammar(format.jsonSchema().rootElement()));
    }

    private static void refuseTools(ChatRequestParameters parameters) {
        if (parameters.toolSpecifications() != null && !parameters.toolSpecifications().isEmpty()) {
            throw new UnsupportedFeatureException("tools are not supported: Nibble's chat models do not call tools; the request offers "
                    + parameters.toolSpecifications().size() + ", the first one is " + parameters.toolSpecifications().getFirst().name());
        }
        if (parameters.toolChoice() == ToolChoice.REQUIRED) {
            throw new UnsupportedFeatureException("a tool choice of REQUIRED is not supported: Nibble's chat models do not call tools");
        }
    }
}
