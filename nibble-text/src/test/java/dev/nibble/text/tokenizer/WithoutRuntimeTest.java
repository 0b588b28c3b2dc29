package dev.nibble.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.text.grammar.GrammarConstraint;
import dev.nibble.text.grammar.JsonSchema;
import dev.nibble.text.grammar.TokenGrammar;
import dev.nibble.text.grammar.TokenTrie;
import dev.nibble.text.json.Json;
import dev.nibble.text.sampling.SamplingOptions;
import dev.nibble.text.sampling.StopStrings;
import dev.nibble.text.sampling.TokenSampler;
import dev.nibble.text.template.ChatTemplate;
import dev.nibble.text.template.Conversation;
import dev.nibble.text.template.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program with another runtime: a tokenizer directory in, a prompt out, and logits from elsewhere sampled to an answer that satisfies a
 * schema.
 */
class WithoutRuntimeTest {
    private static final long SEED = 20261130;
    private static final String TEMPLATE = "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
            + "{% if add_generation_prompt %}<|assistant|>{% endif %}";
    private static final String SCHEMA = """
            {"type": "object", "properties": {"name": {"enum": ["Ada", "Alan"]}, "born": {"type": "boolean"}},
             "required": ["name", "born"], "additionalProperties": false}""";

    @TempDir
    Path folder;

    /** Byte-level BPE: all 256 bytes, one merge, four control tokens. */
    @BeforeEach
    void writeTokenizer() throws IOException {
        String bytes = IntStream.range(0, 256).mapToObj(b -> "\"" + json(ByteLevel.character((byte) b)) + "\": " + b)
                .collect(Collectors.joining(", "));
        String added = IntStream.range(0, 4).mapToObj(i -> "{\"id\": " + (257 + i) + ", \"special\": true, \"content\": \"<|"
                + List.of("system", "user", "assistant", "end").get(i) + "|>\"}").collect(Collectors.joining(", "));
        Files.writeString(folder.resolve("tokenizer.json"), """
                {"added_tokens": [%s], "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
                 "decoder": {"type": "ByteLevel"},
                 "model": {"type": "BPE", "vocab": {%s, "Hi": 256}, "merges": ["H i"]}}""".formatted(added, bytes));
        Files.writeString(folder.resolve("tokenizer_config.json"),
                "{\"eos_token\": \"<|end|>\", \"chat_template\": \"" + TEMPLATE.replace("\"", "\\\"") + "\"}");
    }

    private static String json(char c) {
        return c == '"' || c == '\\' ? "\\" + c : String.valueOf(c);
    }

    @Test
    void promptsAreRenderedAndEncoded() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(folder)) {
            ChatTemplate template = ChatTemplate.of(tokenizer.chatTemplate().orElseThrow());
            String prompt = template.render(Conversation.of(List.of(Message.of("user", "Hi é"))));
            assertThat(prompt).isEqualTo("<|user|>Hi é<|end|><|assistant|>");
            int[] ids = tokenizer.encode(prompt, true, true);
            assertThat(ids).containsExactly(258, 256, ' ', 0xC3, 0xA9, 260, 259);
            assertThat(tokenizer.decode(ids)).isEqualTo("Hi é");
            assertThat(tokenizer.encode("<|end|>", false, false)).doesNotContain(260);
        }
    }

    @Test
    void randomLogitsBecomeAnAnswerOfTheSchema() throws IOException {
        Json schema = Json.parse(Path.of("schema.json"), SCHEMA, Json.Limits.CONFIG);
        try (Tokenizer tokenizer = Tokenizers.open(folder)) {
            TokenGrammar grammar = new TokenGrammar(JsonSchema.grammar(schema), new TokenTrie(tokenizer));
            Random random = new Random(SEED);
            for (int answer = 0; answer < 10; answer++) {
                GrammarConstraint constraint = grammar.constraint();
                TokenSampler sampler = new TokenSampler(SamplingOptions.DEFAULTS.withSeed(answer), tokenizer.size(), constraint);
                StreamingDecoder decoder = tokenizer.stream();
                StringBuilder text = new StringBuilder();
                for (int length = 0; !constraint.complete() && length < 2000; length++) {
                    float[] logits = new float[tokenizer.size()];
                    for (int id = 0; id < logits.length; id++) {
                        logits[id] = (float) random.nextGaussian();
                    }
                    text.append(decoder.feed(sampler.next(logits)));
                }
                Json found = Json.parse(Path.of("answer.json"), text.append(decoder.flush()).toString(), Json.Limits.CONFIG);
                assertThat(found.members()).as("seed " + SEED).containsOnlyKeys("name", "born");
                assertThat(found.require("name").string()).isIn("Ada", "Alan");
                assertThat(found.require("born").isBoolean()).isTrue();
            }
        }
    }

    @Test
    void textStopsAtStopStrings() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(folder)) {
            StopStrings stops = new StopStrings(List.of("\n\n"));
            StreamingDecoder decoder = tokenizer.stream();
            StringBuilder text = new StringBuilder();
            StopStrings.Outcome outcome = stops.accept("");
            for (int id : tokenizer.encode("Hi\nthere\n\n", false, false)) {
                outcome = stops.accept(decoder.feed(id));
                text.append(outcome.text());
            }
            assertThat(text.toString()).isEqualTo("Hi\nthere");
            assertThat(outcome.stop()).contains("\n\n");
        }
    }
}
