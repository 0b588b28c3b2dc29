package dev.nibble.text.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonTest {
    private static final Json.Limits SMALL = new Json.Limits("TEST", 100, 3, 20);

    @TempDir
    private Path folder;

    private static Json json(String text) {
        return Json.parse(Path.of("some.json"), text, SMALL);
    }

    private static void assertRefused(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(MalformedFileException.class).hasMessageContaining(message);
    }

    @Test
    void readsNumbersWithinTheirRangeOnly() {
        Json json = json("{\"a\": -3, \"b\": 4.5, \"c\": 4096.0, \"d\": \"4\", \"e\": 99999999999}");
        assertThat(json.require("a").whole(-3, -3)).isEqualTo(-3);
        assertRefused("\"/a\": expected a whole number from -2 to 9, found -3", () -> json.require("a").whole(-2, 9));
        assertRefused("from -9 to -4, found -3", () -> json.require("a").whole(-9, -4));
        assertRefused("found 4096.0", () -> json.require("c").whole(0, 9999));
        assertRefused("found \"4\"", () -> json.require("d").whole(0, 9999));
        assertRefused("found 99999999999", () -> json.require("e").whole(0, Integer.MAX_VALUE));
        assertThat(json.require("b").real(4.5, 4.5)).isEqualTo(4.5);
        assertRefused("\"/b\": expected a number from 4.6 to 5.0, found 4.5", () -> json.require("b").real(4.6, 5));
        assertRefused("from 4.0 to 4.4", () -> json.require("b").real(4, 4.4));
        assertRefused("found \"4\"", () -> json.require("d").real(0, 9));
    }

    @Test
    void knowsKindsAndNamesThem() {
        Json json = json("{\"o\": {\"x/~\": 1}, \"a\": [1, null], \"s\": \"t\", \"n\": 2, \"b\": true, \"z\": null}");
        assertThat(json.has("z")).isFalse();
        assertThat(json.get("z")).isEmpty();
        assertRefused("\"/missing\": is missing", () -> json.require("missing"));
        for (String key : List.of("o", "a", "s", "n", "b")) {
            Json value = json.require(key);
            assertThat(List.of(value.isObject(), value.isArray(), value.isString(), value.isNumber(), value.isBoolean()))
                    .containsExactly(key.equals("o"), key.equals("a"), key.equals("s"), key.equals("n"), key.equals("b"));
        }
        assertThat(json.require("o").require("x/~").pointer()).isEqualTo("/o/x~1~0");
        assertRefused("\"/o\": expected an array, found a JSON object", () -> json.require("o").elements());
        assertRefused("\"/a\": expected an object, found a JSON array", () -> json.require("a").members());
        assertRefused("\"/n\": expected a string, found 2", () -> json.require("n").string());
        assertRefused("\"/s\": expected true or false", () -> json.require("s").bool());
        assertThat(json.require("b").bool()).isTrue();
        assertThat(json.members()).containsOnlyKeys("o", "a", "s", "n", "b", "z");
        assertThat(json.require("a").elements()).hasSize(2);
    }

    @Test
    void addsDefaultsOnlyWhereNothingIs() {
        Json json = json("{\"a\": 1, \"z\": null}").withDefaults(Map.of("a", 5, "b", 6, "z", 7));
        assertThat(json.require("a").whole(0, 9)).isEqualTo(1);
        assertThat(json.require("b").whole(0, 9)).isEqualTo(6);
        assertThat(json.require("z").whole(0, 9)).isEqualTo(7);
        assertRefused("expected an object", () -> Json.parseAny(Path.of("x"), "[1]", SMALL).withDefaults(Map.of()));
    }

    @Test
    void keepsItsLimits() throws IOException {
        Path file = folder.resolve("x.json");
        Files.writeString(file, "{}" + " ".repeat(98));
        assertThat(Json.read(file, SMALL).members()).isEmpty();
        Files.writeString(file, "{}" + " ".repeat(99));
        assertRefused("101 bytes, the limit is 100", () -> Json.read(file, SMALL));
        assertRefused("101 bytes, the limit is 100", () -> Json.readYaml(file, SMALL));
        assertThat(json("{\"a\": {\"b\": [1]}}").toString()).isEqualTo("{\"a\":{\"b\":[1]}}");
        assertRefused("TEST_JSON", () -> json("{\"a\": {\"b\": [[1]]}}"));
        assertRefused("TEST_JSON", () -> json("{\"a\": \"" + "x".repeat(21) + "\"}"));
        String longest = json("{\"a\": \"" + "x".repeat(20) + "\"}").require("a").wrong("y").getMessage();
        assertThat(longest).contains("some.json").contains("/a").contains("y");
    }

    @Test
    void refusesWhatIsNotOneObject() {
        assertRefused("expected a JSON object, found a JSON array", () -> json("[]"));
        assertRefused("TEST_JSON", () -> json("{} {}"));
        assertRefused("TEST_JSON", () -> json("{\"a\": 1, \"a\": 2}"));
        assertRefused("NaN and Infinity are not JSON", () -> json("{\"a\": NaN}"));
        assertRefused("NaN and Infinity are not JSON", () -> json("{\"a\": -Infinity}"));
        assertRefused("line 2, column", () -> json("{\n x}"));
    }

    @Test
    void readsYaml() throws IOException {
        Path file = folder.resolve("x.yaml");
        Files.writeString(file, "a: 3\nb: [x]\n");
        Json yaml = Json.readYaml(file, SMALL);
        assertThat(yaml.require("a").whole(0, 9)).isEqualTo(3);
        assertThat(yaml.require("b").elements().getFirst().string()).isEqualTo("x");
        Files.writeString(file, "- a\n");
        assertRefused("expected a mapping, found a JSON array", () -> Json.readYaml(file, SMALL));
        Files.writeString(file, "a: 1\na: 2\n");
        assertRefused("TEST_JSON", () -> Json.readYaml(file, SMALL));
    }
}
