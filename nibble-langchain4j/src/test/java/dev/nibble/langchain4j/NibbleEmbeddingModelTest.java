package dev.nibble.langchain4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.output.Response;
import dev.nibble.LanguageModel;
import dev.nibble.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NibbleEmbeddingModelTest {
    private static final String CAT = "The cat sat on the mat.";
    private static final String RAIN = "It rained all day.";

    @TempDir
    static Path folder;
    private static LanguageModel languageModel;

    @BeforeAll
    static void load() throws IOException {
        languageModel = TinyModel.withoutTemplate(folder);
    }

    @AfterAll
    static void close() {
        languageModel.close();
    }

    @Test
    void vectorsAreThoseOfTheLanguageModelInTheOrderOfTheTexts() {
        for (Pooling pooling : Pooling.values()) {
            EmbeddingModel model = NibbleEmbeddingModel.builder(languageModel).pooling(pooling).build();
            Response<List<Embedding>> all = model.embedAll(List.of(TextSegment.from(RAIN), TextSegment.from(CAT)));
            assertArrayEquals(languageModel.embed(RAIN, pooling), all.content().getFirst().vector());
            assertArrayEquals(languageModel.embed(CAT, pooling), all.content().getLast().vector());
            assertArrayEquals(all.content().getLast().vector(), model.embed(CAT).content().vector());
            assertEquals(model.dimension(), all.content().getFirst().dimension());
            int tokens = languageModel.tokenizer().encode(CAT, true, false).length
                    + languageModel.tokenizer().encode(RAIN, true, false).length;
            assertEquals(tokens, all.tokenUsage().totalTokenCount());
        }
        assertEquals(256, NibbleEmbeddingModel.builder(languageModel).build().dimension());
    }

    @Test
    void poolingMatters() {
        float[] mean = NibbleEmbeddingModel.builder(languageModel).build().embed(CAT).content().vector();
        float[] last = NibbleEmbeddingModel.builder(languageModel).pooling(Pooling.LAST).build().embed(CAT).content().vector();
        assertArrayEquals(languageModel.embed(CAT, Pooling.MEAN), mean);
        assertFalse(Arrays.equals(mean, last));
    }

    @Test
    void whatItCannotDoIsRefused() {
        EmbeddingModel model = NibbleEmbeddingModel.builder(languageModel).modelName("tiny").build();
        assertEquals("tiny", model.modelName());
        InvalidRequestException tooLong = assertThrows(InvalidRequestException.class, () -> model.embed("cat ".repeat(300)));
        assertTrue(tooLong.getMessage().contains("the context of tiny is 256: split the text"), tooLong.getMessage());
        assertThrows(ModelNotFoundException.class, () -> model.embed(EmbeddingRequest.builder().input(CAT).modelName("gpt-9").build()));
        UnsupportedFeatureException smaller = assertThrows(UnsupportedFeatureException.class,
                () -> model.embed(EmbeddingRequest.builder().input(CAT).dimensions(8).build()));
        assertTrue(smaller.getMessage().contains("dimensions"), smaller.getMessage());
        assertEquals(256, model.embed(EmbeddingRequest.builder().input(CAT).modelName("tiny").build()).embeddings().getFirst().dimension());
    }
}
