package dev.nibble.text.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordSchemaTest {
    enum Mood {
        GLAD, SAD
    }

    record Place(double latitude, BigDecimal longitude) {}

    record Person(String name, int age, boolean known, Mood mood, Optional<String> mail, List<Person> friends, Optional<Place> home,
            byte fingers) {}

    record Nested(List<List<Mood>> table) {}

    record WithMap(Map<String, String> map) {}

    record WithArray(int[] numbers) {}

    record Inner(WithMap inner) {}

    record DeepOptional(List<Optional<String>> texts) {}

    record Empty() {}

    private static boolean accepts(Class<? extends Record> type, String json) {
        return Recogniser.matches(JsonSchema.of(type), json);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"name\":\"A\",\"age\":3,\"known\":true,\"mood\":\"SAD\",\"friends\":[],\"fingers\":-128}",
        "{\"name\":\"\",\"age\":-2147483648,\"known\":false,\"mood\":\"GLAD\",\"mail\":\"x\",\"friends\":[{\"name\":\"B\",\"age\":0,\"known\":true,"
                + "\"mood\":\"GLAD\",\"friends\":[],\"fingers\":10}],\"home\":{\"latitude\":-1.5e3,\"longitude\":2},\"fingers\":127}"})
    void whatARecordIsReadFrom(String json) {
        assertThat(accepts(Person.class, json)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}",
        "{\"name\":\"A\",\"age\":2147483648,\"known\":true,\"mood\":\"SAD\",\"friends\":[],\"fingers\":1}",
        "{\"name\":\"A\",\"age\":1.5,\"known\":true,\"mood\":\"SAD\",\"friends\":[],\"fingers\":1}",
        "{\"name\":\"A\",\"age\":1,\"known\":true,\"mood\":\"sad\",\"friends\":[],\"fingers\":1}",
        "{\"name\":\"A\",\"age\":1,\"known\":true,\"mood\":\"SAD\",\"friends\":[1],\"fingers\":1}",
        "{\"name\":\"A\",\"age\":1,\"known\":true,\"mood\":\"SAD\",\"friends\":[],\"fingers\":128}",
        "{\"name\":\"A\",\"age\":1,\"known\":true,\"mood\":\"SAD\",\"friends\":[],\"fingers\":1,\"more\":1}"})
    void whatItIsNotReadFrom(String json) {
        assertThat(accepts(Person.class, json)).isFalse();
    }

    @Test
    void listsOfListsAndNothing() {
        assertThat(accepts(Nested.class, "{\"table\":[[\"SAD\",\"GLAD\"],[]]}")).isTrue();
        assertThat(accepts(Nested.class, "{\"table\":[\"SAD\"]}")).isFalse();
        assertThat(accepts(Empty.class, "{}")).isTrue();
        assertThat(accepts(Empty.class, "{\"a\":1}")).isFalse();
    }

    @Test
    void otherTypesAreRefusedByName() {
        assertThatThrownBy(() -> JsonSchema.of(WithMap.class)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("WithMap.map").hasMessageContaining("java.util.Map").hasMessageContaining("List");
        assertThatThrownBy(() -> JsonSchema.of(WithArray.class)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("WithArray.numbers").hasMessageContaining("int[]");
        assertThatThrownBy(() -> JsonSchema.of(Inner.class)).isInstanceOf(UnsupportedException.class).hasMessageContaining("WithMap.map");
        assertThatThrownBy(() -> JsonSchema.of(DeepOptional.class)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("DeepOptional.texts").hasMessageContaining("Optional");
    }

    @Test
    void aSchemaAsText() {
        Grammar grammar = JsonSchema.of("{\"enum\": [1, 2]}");
        assertThat(Recogniser.matches(grammar, "2")).isTrue();
        assertThat(Recogniser.matches(grammar, "3")).isFalse();
        assertThatThrownBy(() -> JsonSchema.of("{")).isInstanceOf(MalformedFileException.class).hasMessageContaining("schema");
        assertThatThrownBy(() -> JsonSchema.of("{\"type\": \"tree\"}")).isInstanceOf(UnsupportedException.class);
    }
}
