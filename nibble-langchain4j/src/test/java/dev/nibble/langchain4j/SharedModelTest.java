package dev.nibble.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.nibble.Generation;
import dev.nibble.LanguageModel;
import dev.nibble.text.template.ChatTemplate;
import dev.nibble.text.template.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A GGUF model with a SentencePiece tokenizer; skipped, by name, if absent. */
@Tag("shared")
class SharedModelTest {
    @Test
    void answersAsTheLanguageModelDoes() throws IOException {
        Path path = Path.of(System.getProperty("nibble.shared", "../../shared")).resolve("models/raw/stories260K.gguf");
        assumeTrue(Files.exists(path), () -> "reference material is absent: " + path);
        try (LanguageModel languageModel = LanguageModel.load(path).with(ChatTemplate.builtIn("alpaca"))) {
            ChatModel model = NibbleChatModel.builder(languageModel).options(TinyModel.SHORT).build();
            Generation expected = languageModel.chat(List.of(Message.of("user", "Tell me of a cat.")), TinyModel.SHORT);
            ChatResponse response = model.chat(UserMessage.from("Tell me of a cat."));
            assertEquals(expected.text(), response.aiMessage().text());
            assertEquals("stories260K", response.modelName());
            assertTrue(response.aiMessage().text().length() > 10, response.aiMessage().text());
        }
    }
}
