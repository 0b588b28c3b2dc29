package dev.nibble.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The library does not talk of the program's options and commands: its errors name them as data ({@link Setting}). */
class NoFlagsTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Pattern LITERAL = Pattern.compile("\"(?:[^\"\\\\\\n]|\\\\.)*\"");
    private static final Pattern FLAG = Pattern.compile("(?<![\\w-])--[a-z]|\\(-[a-z]\\)");
    private static final Pattern COMMAND = Pattern
            .compile(
                    "\\bnibble (bench|calibrate|chat|compare|convert|demo|evaluate|inspect|perplexity|quantize|run|tokenize|types|verify)\\b");
    private static final List<String> OF_THE_JVM = List.of("--add-modules", "--enable-native-access");
    // These word how the program would make a file again, for the file itself and to know a job again: no messages.
    private static final Set<String> REPEATABLE = Set.of("Provenance.java", "QuantizationSettings.java", "BackendChoice.java",
            "PlannedJob.java",
            "DirectoryJob.java");

    @Test
    void noLiteralHasAFlagOrACommand() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Path> sources = files
                    .filter(file -> file.toString().endsWith(".java") && !REPEATABLE.contains(file.getFileName().toString())).toList();
            assertThat(sources).hasSizeGreaterThan(300);
            for (Path file : sources) {
                for (String line : Files.readAllLines(file)) {
                    find(file, line, found);
                }
            }
        }
        assertThat(found).isEmpty();
    }

    private static void find(Path file, String line, List<String> found) {
        if (line.strip().startsWith("*") || line.strip().startsWith("/*")) {
            return;
        }
        Matcher literals = LITERAL.matcher(line);
        while (literals.find()) {
            String literal = literals.group();
            for (String jvm : OF_THE_JVM) {
                literal = literal.replace(jvm, "");
            }
            if (FLAG.matcher(literal).find() || COMMAND.matcher(literal).find()) {
                found.add(file + ": " + literals.group());
            }
        }
    }
}
