package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Messages have one form and are printed in one place. */
class StandardErrorTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/nibble/cli");
    private static final Set<String> OTHERS = Set.of("ProgressLine.java", "ProgressDisplay.java", "RunCommand.java"); // progress and timings

    @Test
    void warningsAndMessagesBeginWithTheProgramsName() {
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            StandardError.warning("x");
            StandardError.message("y");
        } finally {
            System.setErr(before);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualToNormalizingNewlines("nibble: warning: x\nnibble: y\n");
    }

    @Test
    void nothingElsePrintsThem() throws IOException {
        try (Stream<Path> files = Files.list(SOURCES)) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources).hasSizeGreaterThan(30);
            for (Path file : sources) {
                String name = file.getFileName().toString();
                String text = Files.readString(file);
                if (!name.equals("StandardError.java")) {
                    assertThat(text).as(name).doesNotContain("\"nibble: ");
                    assertThat(text.contains("System.err") && !OTHERS.contains(name)).as(name + " writes to standard error").isFalse();
                }
            }
        }
    }
}
