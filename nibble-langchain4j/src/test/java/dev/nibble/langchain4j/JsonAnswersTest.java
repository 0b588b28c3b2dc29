package dev.nibble.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.text.sampling.SamplingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JSON answers of a model that never saw any JSON. */
class JsonAnswersTest {
    private static final JsonSchemaElement NAME = JsonRawSchema.from("{\"type\": \"string\", \"minLength\": 1, \"maxLength\": 12}");
    private static final JsonSchemaElement PET = JsonObjectSchema.builder().addProperty("name", NAME)
            .addEnumProperty("kind", List.of("cat", "dog")).required("name", "kind").build();

    @TempDir
    static Path folder;
    private static LanguageModel languageModel;

    @BeforeAll
    static void load() throws IOException {
        languageModel = TinyModel.open(folder, 1);
    }

    @AfterAll
    static void close() {
        languageModel.close();
    }

    @Test
    void obeyTheSchema() {
        JsonSchemaElement schema = JsonObjectSchema.builder().addProperty("name", NAME).addBooleanProperty("happy")
                .addEnumProperty("mood", List.of("red", "blue"))
                .addProperty("friend", JsonReferenceSchema.builder().reference("pet").build())
                .addProperty("age", JsonAnyOfSchema.builder().anyOf(new JsonNullSchema(),
                        JsonRawSchema.from("{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 99}")).build())
                .required("name", "happy", "mood", "friend", "age").definitions(Map.of("pet", PET)).build();
        Set<Object> seen = new HashSet<>();
        for (int seed = 0; seed < 8; seed++) {
            Map<String, Object> answer = answer(schema, seed);
            assertEquals(Set.of("name", "happy", "mood", "friend", "age"), answer.keySet());
            assertTrue(((String) answer.get("name")).codePointCount(0, ((String) answer.get("name")).length()) <= 12);
            assertTrue(answer.get("happy") instanceof Boolean);
            assertTrue(Set.of("red", "blue").contains(answer.get("mood")));
            assertTrue(answer.get("age") == null || (Integer) answer.get("age") >= 1 && (Integer) answer.get("age") <= 99);
            assertTrue(answer.get("friend") instanceof Map<?, ?> friend && Set.of("name", "kind").equals(friend.keySet())
                    && Set.of("cat", "dog").contains(friend.get("kind")), answer::toString);
            seen.add(answer);
        }
        assertTrue(seen.size() > 4, "the seeds change nothing: " + seen);
    }

    @Test
    void areObjectsWhereNoSchemaIsSaid() {
        int whole = 0;
        for (int seed = 0; seed < 8; seed++) {
            ChatResponse response = chat(ResponseFormat.JSON, seed, 100);
            assertTrue(response.aiMessage().text().startsWith("{"), response.aiMessage().text());
            if (response.finishReason() == FinishReason.STOP) {
                PlainJson.object(response.aiMessage().text(), response.aiMessage().text());
                whole++;
            }
        }
        assertTrue(whole > 0, "no answer was short enough");
    }

    @Test
    void everySchemaElementBecomesItsJsonSchema() {
        JsonSchemaElement all = JsonObjectSchema.builder().description("d").addProperty("text", new JsonStringSchema())
                .addProperty("whole", JsonIntegerSchema.builder().description("n").build()).addProperty("real", new JsonNumberSchema())
                .addProperty("truth", new JsonBooleanSchema()).addProperty("nothing", new JsonNullSchema())
                .addProperty("word", JsonEnumSchema.builder().enumValues("a", "b").build())
                .addProperty("list", JsonArraySchema.builder().items(new JsonStringSchema()).build())
                .addProperty("either", JsonAnyOfSchema.builder().anyOf(new JsonStringSchema(), new JsonNullSchema()).build())
                .addProperty("again", JsonReferenceSchema.builder().reference("a/b~c").build())
                .addProperty("raw", JsonRawSchema.from("{\"const\": 1}")).required("text").additionalProperties(false)
                .definitions(Map.of("a/b~c", new JsonBooleanSchema())).build();
        Map<String, Object> expected = PlainJson.object("expected", """
                {"type": "object", "properties": {"text": {"type": "string"}, "whole": {"type": "integer"}, "real": {"type": "number"},
                 "truth": {"type": "boolean"}, "nothing": {"type": "null"}, "word": {"type": "string", "enum": ["a", "b"]},
                 "list": {"type": "array", "items": {"type": "string"}}, "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                 "again": {"$ref": "#/$defs/a~1b~0c"}, "raw": {"const": 1}},
                 "required": ["text"], "additionalProperties": false, "$defs": {"a/b~c": {"type": "boolean"}}}""");
        assertEquals(expected, ResponseSchema.fields(all));
        assertTrue(ResponseSchema.grammar(all).toString().contains("root ::="));
    }

    @Test
    void schemasThatCannotBeKeptAreRefusedByName() {
        UnsupportedFeatureException keyword = assertThrows(UnsupportedFeatureException.class,
                () -> answer(JsonRawSchema.from("{\"type\": \"array\", \"uniqueItems\": true}"), 0));
        assertTrue(keyword.getMessage().contains("uniqueItems"), keyword.getMessage());
        JsonSchemaElement own = () -> "a schema element that LangChain4j does not have";
        UnsupportedFeatureException element = assertThrows(UnsupportedFeatureException.class, () -> answer(own, 0));
        assertTrue(element.getMessage().contains(own.getClass().getName()), element.getMessage());
        for (String broken : List.of("{", "null", "[]", "{\"type\": 5}", "{\"$ref\": \"#/$defs/nowhere\"}")) {
            assertThrows(InvalidRequestException.class, () -> answer(JsonRawSchema.from(broken), 0), broken);
        }
    }

    private static Map<String, Object> answer(JsonSchemaElement schema, int seed) {
        ChatResponse response = chat(ResponseFormat.builder().type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder().name("answer").rootElement(schema).build()).build(), seed, 220);
        assertEquals(FinishReason.STOP, response.finishReason(), response.aiMessage().text());
        return PlainJson.object(response.aiMessage().text(), response.aiMessage().text());
    }

    private static ChatResponse chat(ResponseFormat format, int seed, int tokens) {
        ChatModel model = NibbleChatModel.builder(languageModel)
                .options(GenerationOptions.DEFAULTS.with(SamplingOptions.DEFAULTS.withSeed(seed))).build();
        return model.chat(ChatRequest.builder().messages(UserMessage.from("A pet?"))
                .parameters(ChatRequestParameters.builder().responseFormat(format).maxOutputTokens(tokens).build()).build());
    }
}
