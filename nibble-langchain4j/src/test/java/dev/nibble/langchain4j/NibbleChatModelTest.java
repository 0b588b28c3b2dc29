package dev.nibble.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.nibble.Generation;
import dev.nibble.LanguageModel;
import dev.nibble.text.sampling.SamplingOptions;
import dev.nibble.text.template.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's requests answered by a small trained model. */
class NibbleChatModelTest {
    private static final String STORY = "Tell me of a cat.";

    @TempDir
    static Path folder;
    private static LanguageModel languageModel;
    private static ChatModel model;

    @BeforeAll
    static void load() throws IOException {
        languageModel = TinyModel.open(folder, 3);
        model = NibbleChatModel.builder(languageModel).options(TinyModel.SHORT).modelName("tiny").build();
    }

    @AfterAll
    static void close() {
        languageModel.close();
    }

    @Test
    void answersAsTheLanguageModelDoes() {
        Generation expected = languageModel.chat(List.of(Message.of("system", "Be brief."), Message.of("user", "Hello."),
                Message.of("assistant", "Good day."), Message.of("user", STORY)), TinyModel.SHORT);
        ChatResponse response = model.chat(SystemMessage.from("Be brief."), UserMessage.from("Hello."), AiMessage.from("Good day."),
                UserMessage.from(STORY));
        assertEquals(expected.text(), response.aiMessage().text());
        assertFalse(expected.text().isBlank());
        assertEquals(FinishReason.LENGTH, response.finishReason());
        assertEquals("tiny", response.modelName());
        assertEquals(24, response.tokenUsage().outputTokenCount());
        assertEquals(expected.timings().promptTokens(), response.tokenUsage().inputTokenCount());
        assertEquals(expected.timings().promptTokens() + 24, response.tokenUsage().totalTokenCount());
    }

    @Test
    void aRequestOverridesTheDefaults() {
        Generation greedy = languageModel.chat(List.of(Message.of("user", STORY)),
                TinyModel.SHORT.with(SamplingOptions.GREEDY).withMaxTokens(5));
        ChatResponse response = model.chat(request(ChatRequestParameters.builder().temperature(0.0).maxOutputTokens(5).build()));
        assertEquals(greedy.text(), response.aiMessage().text());
        assertFalse(model.chat(STORY).startsWith(greedy.text()), "the default is sampled and must differ for this test to say anything");
    }

    @Test
    void endsAtAStopSequence() {
        String whole = model.chat(STORY);
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 4);
        ChatResponse response = model.chat(request(ChatRequestParameters.builder().stopSequences("never said", stop).build()));
        assertEquals(whole.substring(0, whole.indexOf(stop)), response.aiMessage().text());
        assertEquals(FinishReason.STOP, response.finishReason());
        assertTrue(response.tokenUsage().outputTokenCount() < 24);
    }

    @Test
    void requestsAtATimeAreAnsweredAsAlone() throws Exception {
        List<String> prompts = List.of(STORY, "Tell me of a dog.", "Who is Lily?", "What did Tom do?");
        List<String> alone = prompts.stream().map(model::chat).toList();
        List<CompletableFuture<String>> together = new ArrayList<>();
        for (String prompt : prompts) {
            together.add(model.chatAsync(prompt));
        }
        for (int i = 0; i < prompts.size(); i++) {
            assertEquals(alone.get(i), together.get(i).get(60, TimeUnit.SECONDS), prompts.get(i));
        }
        assertEquals(prompts.size(), Set.copyOf(alone).size());
    }

    @Test
    void aCancelledFutureEndsItsAnswer() throws Exception {
        try (LanguageModel one = TinyModel.openEndless(folder)) {
            NibbleChatModel endless = NibbleChatModel.builder(one).options(TinyModel.ENDLESS).build();
            CompletableFuture<ChatResponse> future = endless.doChatAsync(request(ChatRequestParameters.builder().build()));
            CompletableFuture<ChatResponse> next = endless.doChatAsync(request(ChatRequestParameters.builder().maxOutputTokens(2).build()));
            assertTrue(future.cancel(true));
            assertEquals(2, next.get(60, TimeUnit.SECONDS).tokenUsage().outputTokenCount());
        }
    }

    @Test
    void saysWhatItIs() {
        assertEquals(Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA), model.supportedCapabilities());
        ChatRequestParameters defaults = model.defaultRequestParameters();
        assertEquals("tiny", defaults.modelName());
        assertEquals(0.8, defaults.temperature());
        assertEquals(40, defaults.topK());
        assertEquals(0.95, defaults.topP());
        assertEquals(24, defaults.maxOutputTokens());
        assertEquals(folder.getFileName().toString(),
                NibbleChatModel.builder(languageModel).build().defaultRequestParameters().modelName());
    }

    @Test
    void tellsItsListeners() {
        List<ChatModelResponseContext> heard = new ArrayList<>();
        ChatModel told = NibbleChatModel.builder(languageModel).options(TinyModel.SHORT).listeners(List.of(new ChatModelListener() {
            @Override
            public void onResponse(ChatModelResponseContext context) {
                heard.add(context);
            }
        })).build();
        String answer = told.chat(STORY);
        assertEquals(answer, heard.getFirst().chatResponse().aiMessage().text());
        assertEquals(0.8, heard.getFirst().chatRequest().temperature());
    }

    @Test
    void aModelWithoutChatTemplateIsRefusedAtOnce() throws IOException {
        try (LanguageModel bare = TinyModel.withoutTemplate(folder)) {
            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> NibbleChatModel.builder(bare).build());
            assertTrue(refused.getMessage().contains("no chat template; give it one of alpaca, chatml"), refused.getMessage());
        }
    }

    private static ChatRequest request(ChatRequestParameters parameters) {
        return ChatRequest.builder().messages(UserMessage.from(STORY)).parameters(parameters).build();
    }
}
