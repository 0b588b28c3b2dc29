package dev.nibble.cli;

import java.io.PrintStream;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON output. */
final class JsonPrinter {
    private static final ObjectMapper LINES = JsonMapper.builder().build();
    private static final ObjectMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private JsonPrinter() {}

    /** JSON on one line. */
    static String line(Object value) {
        return LINES.writeValueAsString(value);
    }

    static void print(Object value, PrintStream out) {
        out.println(MAPPER.writeValueAsString(value));
    }
}
