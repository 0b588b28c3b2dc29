package dev.nibble.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.text.sampling.SamplingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parameters of requests that reach the language model, and those refused. */
class RequestsTest {
    private static final ToolSpecification TOOL = ToolSpecification.builder().name("weather").build();

    @TempDir
    static Path folder;
    private static LanguageModel languageModel;
    private static ChatModel model;

    @BeforeAll
    static void load() throws IOException {
        languageModel = TinyModel.open(folder, 1);
        model = NibbleChatModel.builder(languageModel).options(TinyModel.SHORT).modelName("tiny").build();
    }

    @AfterAll
    static void close() {
        languageModel.close();
    }

    @Test
    void everyParameterIsAnOption() {
        GenerationOptions options = GenerationOptions.DEFAULTS.withAlternatives(2)
                .with(SamplingOptions.DEFAULTS.withMinP(0.1f).withSeed(5));
        ChatRequestParameters parameters = ChatRequestParameters.builder().temperature(0.3).topP(0.7).topK(9).frequencyPenalty(0.4)
                .presencePenalty(0.6).maxOutputTokens(11).stopSequences("a", "b").build();
        GenerationOptions expected = options.withMaxTokens(11).withStops("a", "b").with(options.sampling().withTemperature(0.3f)
                .withTopP(0.7f).withTopK(9).withFrequencyPenalty(0.4f).withPresencePenalty(0.6f));
        GenerationOptions applied = RequestParameters.applied(parameters, options);
        assertEquals(expected, applied);
        assertEquals(parameters, RequestParameters.of(applied, null));
        assertEquals(options, RequestParameters.applied(ChatRequestParameters.builder().build(), options));
    }

    @Test
    void everyMessageIsATurn() {
        ToolExecutionRequest call = ToolExecutionRequest.builder().id("1").name("weather").arguments("{\"days\": [1, 2]}").build();
        List<ChatMessage> messages = List.of(SystemMessage.from("s"), UserMessage.from("Ann", "u"),
                UserMessage.from(TextContent.from("one"), TextContent.from("two")),
                AiMessage.builder().thinking("hm").toolExecutionRequests(List.of(call)).build(),
                ToolExecutionResultMessage.from(call, "sun"), AiMessage.from("a"));
        List<Map<String, Object>> expected = List.of(
                Map.of("role", "system", "content", "s"),
                Map.of("role", "user", "content", "u", "name", "Ann"),
                Map.of("role", "user", "content", "one\ntwo"),
                Map.of("role", "assistant", "content", "", "reasoning_content", "hm", "tool_calls",
                        List.of(Map.of("id", "1", "type", "function",
                                "function", Map.of("name", "weather", "arguments", Map.of("days", List.of(1, 2)))))),
                Map.of("role", "tool", "content", "sun", "tool_call_id", "1", "name", "weather"),
                Map.of("role", "assistant", "content", "a"));
        assertEquals(expected, Turns.conversation(messages).messages());
        assertTrue(Turns.conversation(messages).addGenerationPrompt());
    }

    @Test
    void whatNibbleCannotDoIsRefusedByName() {
        unsupported("content of type image in a message of type USER",
                messages(UserMessage.from(TextContent.from("see"), ImageContent.from("https://example.org/a.png"))));
        unsupported("messages of type CUSTOM", messages(CustomMessage.from(Map.of("role", "user"))));
        unsupported("tools are not supported", parameters(ChatRequestParameters.builder().toolSpecifications(TOOL).build()));
        unsupported("tool choice of REQUIRED", parameters(ChatRequestParameters.builder().toolChoice(ToolChoice.REQUIRED).build()));
        assertThrows(UnsupportedFeatureException.class, () -> NibbleChatModel.builder(languageModel)
                .defaultRequestParameters(ChatRequestParameters.builder().toolSpecifications(TOOL).build()).build());
    }

    @Test
    void whatIsWrongIsRefusedAsSuch() {
        invalid("temperature", parameters(ChatRequestParameters.builder().temperature(-0.5).build()));
        invalid("top-p", parameters(ChatRequestParameters.builder().topP(1.5).build()));
        invalid("maxOutputTokens is 0", parameters(ChatRequestParameters.builder().maxOutputTokens(0).build()));
        invalid("and the context is 256", messages(UserMessage.from("Once upon a time ".repeat(200))));
        invalid("the arguments of f: not a JSON object", messages(UserMessage.from("u"),
                AiMessage.from(ToolExecutionRequest.builder().name("f").arguments("[").build())));
        ModelNotFoundException other = assertThrows(ModelNotFoundException.class,
                () -> model.chat(parameters(ChatRequestParameters.builder().modelName("gpt-9").build())));
        assertTrue(other.getMessage().contains("gpt-9") && other.getMessage().contains("tiny"), other.getMessage());
    }

    private static void unsupported(String named, ChatRequest request) {
        UnsupportedFeatureException refused = assertThrows(UnsupportedFeatureException.class, () -> model.chat(request));
        assertTrue(refused.getMessage().contains(named), refused.getMessage());
    }

    private static void invalid(String named, ChatRequest request) {
        InvalidRequestException refused = assertThrows(InvalidRequestException.class, () -> model.chat(request));
        assertTrue(refused.getMessage().contains(named), refused.getMessage());
    }

    private static ChatRequest messages(ChatMessage... messages) {
        return ChatRequest.builder().messages(messages).build();
    }

    private static ChatRequest parameters(ChatRequestParameters parameters) {
        return ChatRequest.builder().messages(UserMessage.from("u")).parameters(parameters).build();
    }
}
