package dev.nibble.text.template;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Common prompt formats as templates, by their well-known names. */
public final class BuiltInTemplates {
    private static final List<String> NAMES = List.of("alpaca", "chatml", "gemma", "llama2", "llama3", "mistral", "phi3", "vicuna",
            "zephyr");

    private BuiltInTemplates() {}

    public static List<String> names() {
        return NAMES;
    }

    /** The template's source. */
    public static String source(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("no built-in chat template '" + name + "'; there are " + String.join(", ", NAMES));
        }
        try (InputStream in = BuiltInTemplates.class.getResourceAsStream(name + ".jinja")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
