package dev.nibble.core.model.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.architecture.Architectures;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Invalid configurations, by the rows of the catalogue of bad input. */
class ConfigTest {
    private static final Path FILE = Path.of("config.json");
    private static final String LLAMA = """
            {"model_type": "llama", "hidden_size": 8, "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 2,
             "intermediate_size": 12, "vocab_size": 5, "max_position_embeddings": 16, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
             "rope_scaling": null}""";

    static Stream<Arguments> malformed() {
        return Stream.of(row("C01 empty", "", "CONFIG_JSON", ""), row("C01 null", "null", "CONFIG_JSON", "expected a JSON object"),
                row("C01 array", "[]", "CONFIG_JSON", "found a JSON array"),
                row("C01 twice", "{\"a\": 1, \"a\": 2}", "CONFIG_JSON", "line 1, column"),
                row("C01 trailing comma", "{\"a\": 1,}", "CONFIG_JSON", "line 1, column"),
                row("C01 comment", "{/* no */}", "CONFIG_JSON", "line 1, column"),
                row("C01 NaN", "{\"a\": NaN}", "CONFIG_JSON", "NaN and Infinity are not JSON"),
                row("C01 Infinity", "{\"a\": -Infinity}", "CONFIG_JSON", "NaN and Infinity are not JSON"),
                row("C01 two values", "{} {}", "CONFIG_JSON", ""),
                row("C01 depth", "{\"a\": " + "[".repeat(100_000) + "}", "CONFIG_JSON", "nesting depth"),
                row("C15 digits", "{\"a\": " + "1".repeat(1_000_000) + "}", "CONFIG_JSON", ""),
                row("C15 leading zero", "{\"a\": 01}", "CONFIG_JSON", ""),
                changed("C02 zero", "\"hidden_size\": 8", "\"hidden_size\": 0", "/hidden_size"),
                changed("C02 negative", "\"hidden_size\": 8", "\"hidden_size\": -1", "/hidden_size"),
                changed("C02 string", "\"hidden_size\": 8", "\"hidden_size\": \"8\"", "/hidden_size"),
                changed("C02 decimal", "\"hidden_size\": 8", "\"hidden_size\": 8.0", "/hidden_size"),
                changed("C02 2^31", "\"hidden_size\": 8", "\"hidden_size\": 2147483648", "/hidden_size"),
                changed("C02 2^63", "\"hidden_size\": 8", "\"hidden_size\": 9223372036854775808", "/hidden_size"),
                changed("C15 exponent", "\"hidden_size\": 8", "\"hidden_size\": 1e3", "/hidden_size"),
                changed("C03 heads", "\"num_attention_heads\": 4", "\"num_attention_heads\": 3", "hidden_size 8"),
                changed("C03 no key heads", "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 0", "/num_key_value_heads"),
                changed("C03 more key heads", "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 8", "num_attention_heads 4"),
                changed("C03 key heads", "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "num_attention_heads 4"),
                changed("C03 odd head", "\"rope_scaling\": null", "\"head_dim\": 3", "even number"),
                changed("C03 no head", "\"rope_scaling\": null", "\"head_dim\": 0", "/head_dim"),
                changed("C03 no layers", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 0", "/num_hidden_layers"),
                changed("C03 1025 layers", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1025", "/num_hidden_layers"),
                changed("C03 no vocabulary", "\"vocab_size\": 5", "\"vocab_size\": 0", "/vocab_size"),
                changed("C04 base 0", "\"rope_theta\": 10000.0", "\"rope_theta\": 0", "/rope_theta"),
                changed("C04 base negative", "\"rope_theta\": 10000.0", "\"rope_theta\": -1.5", "/rope_theta"),
                changed("C04 type", "\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"spiral\", \"factor\": 2}",
                        "unknown RoPE scaling"),
                changed("C04 factor 0", "\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 0}",
                        "/rope_scaling/factor"),
                changed("C04 no factor", "\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"yarn\"}", "/rope_scaling/factor"),
                changed("C05 string", "\"rms_norm_eps\": 1e-5", "\"rms_norm_eps\": \"1e-5\"", "/rms_norm_eps"),
                changed("C05 negative", "\"rms_norm_eps\": 1e-5", "\"rms_norm_eps\": -1e-5", "/rms_norm_eps"),
                changed("missing", "\"rms_norm_eps\": 1e-5", "\"other\": 1", "/rms_norm_eps"));
    }

    private static Arguments row(String id, String json, String code, String message) {
        return Arguments.of(id, json, code, message);
    }

    private static Arguments changed(String id, String from, String to, String message) {
        String json = LLAMA.replace(from, to);
        if (json.equals(LLAMA)) {
            throw new IllegalArgumentException(id + " changes nothing");
        }
        return row(id, json, "CONFIG_", message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void namesWhatIsWrong(String id, String json, String code, String message) {
        assertThatThrownBy(() -> writeMetadata(json)).as(id).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith("config.json: ")
                .hasMessageContaining(code).hasMessageContaining(message).hasMessageMatching("[^\\n]*");
    }

    private static List<String> writeMetadata(String json) {
        Config config = Config.parse(FILE, json);
        List<String> warnings = new ArrayList<>();
        Architecture family = Architectures.of(config);
        family.tensors(config);
        family.writeMetadata(config, new GgufMetadata(), warnings::add);
        return warnings;
    }

    @Test
    void theUnchangedOneIsFine() {
        assertThat(writeMetadata(LLAMA)).isEmpty();
    }

    /** C05: allowed with a warning. */
    @Test
    void warnsOfNoEpsilon() {
        assertThat(writeMetadata(LLAMA.replace("1e-5", "0"))).singleElement().asString().contains("epsilon is 0");
    }

    /** C06: a small file with huge sizes; nothing is allocated for them. */
    @Test
    void hugeShapesCostNothing() {
        Config config = Config.parse(FILE, LLAMA.replace("\"hidden_size\": 8", "\"hidden_size\": 1048576")
                .replace("\"intermediate_size\": 12", "\"intermediate_size\": 4194304")
                .replace("\"vocab_size\": 5", "\"vocab_size\": 4194304"));
        long numbers = Architectures.of(config).tensors(config).stream().mapToLong(rule -> rule.shape().count()).sum();
        assertThat(numbers).isGreaterThan(1L << 43);
    }

    /** C07. */
    @Test
    void unknownFamiliesAreNamedWithTheKnownOnes() {
        assertThatThrownBy(() -> writeMetadata(LLAMA.replace("\"llama\"", "\"mamba\""))).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("mamba").hasMessageContaining("gpt_neox");
    }

    static Stream<Arguments> orders() {
        return Stream.of(Arguments.of(RowOrder.interleaved(6), 24), Arguments.of(RowOrder.ungrouped(1, 3, 2), 10),
                Arguments.of(RowOrder.ungrouped(3, 1, 2), 18), Arguments.of(RowOrder.ungrouped(2, 4, 6), 72));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void aRowOrderMovesEveryRowAndBack(RowOrder order, int rows) {
        boolean[] seen = new boolean[rows];
        boolean moved = false;
        for (int i = 0; i < rows; i++) {
            int source = (int) order.source().applyAsLong(i);
            assertThat(order.target().applyAsLong(source)).isEqualTo(i);
            assertThat(order.inverse().source().applyAsLong(source)).isEqualTo(i);
            assertThat(seen[source]).isFalse();
            seen[source] = true;
            moved |= source != i;
        }
        // one group is already in order
        assertThat(moved).isEqualTo(rows != 10);
    }
}
