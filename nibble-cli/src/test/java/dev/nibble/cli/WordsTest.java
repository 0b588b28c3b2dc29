package dev.nibble.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The words of the code and of docs/: terms of the field instead of homely ones, and Javadoc that begins with a noun or a verb. */
class WordsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern OPENING = Pattern
            .compile("/\\*\\*\\s*(?:\\*\\s*)?(That|What|How|Which|Whatever|Whoever|Where|When|Why|Of|By|As"
                    + "|If|So|In|On|From|For|Into|At|Only|Not|With|Without|To|And|Or|Those|These|Its|Their|Than|Behind|Beside|Between|Before|After)\\b");
    /** Banned words and the terms to use. */
    private static final Map<Pattern, String> BANNED = new LinkedHashMap<>();

    static {
        ban("strands?", "lane, accumulator");
        ban("settle[sd]?|settling", "quantize, finalize");
        ban("bent", "non-homogeneous");
        ban("usual|usually", "default, common");
        ban("apart", "stride, separate");
        ban("untangl\\w+\\b(?!\")", "deinterleave"); // but for a name in a golden file
        ban("gives? back|giveBack", "release, return");
        ban("lends?|lent", "acquire, hand out");
        ban("obstacles?", "reason it is not supported");
        ban("neighbours? turn|turned by an angle", "rotary embedding, interleaved pairs");
        ban("twins?", "duplicate, counterpart");
    }

    private static void ban(String words, String terms) {
        BANNED.put(Pattern.compile("\\b(" + words + ")\\b", Pattern.CASE_INSENSITIVE), terms);
    }

    private static List<String> findings(String name, String text) {
        List<String> found = new ArrayList<>();
        OPENING.matcher(text).results()
                .forEach(hit -> found
                        .add(place(name, text, hit) + "Javadoc begins with \"" + hit.group(1) + "\": begin with a noun or a verb"));
        BANNED.forEach((words, terms) -> words.matcher(text).results()
                .forEach(hit -> found.add(place(name, text, hit) + "\"" + hit.group(1) + "\": say " + terms)));
        return found;
    }

    private static String place(String name, String text, MatchResult hit) {
        return name + ":" + (1 + text.substring(0, hit.start()).chars().filter(c -> c == '\n').count()) + ": ";
    }

    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String top : List.of("nibble-text", "nibble-core", "nibble-cli", "nibble-langchain4j", "nibble-bench", "examples", "docs")) {
            try (Stream<Path> walk = Files.walk(ROOT.resolve(top).resolve(top.startsWith("nibble-") ? "src/main" : ""))) {
                walk.filter(file -> file.toString().endsWith(".java") || file.toString().endsWith(".md")).sorted().forEach(files::add);
            }
        }
        files.addAll(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md"), ROOT.resolve("SECURITY.md")));
        return files;
    }

    @Test
    void sourcesAndPagesUseTheTermsOfTheField() throws IOException {
        List<String> found = new ArrayList<>();
        List<Path> files = files();
        for (Path file : files) {
            found.addAll(findings(ROOT.relativize(file).toString(), Files.readString(file)));
        }
        assertEquals("", String.join("\n", found));
        assertTrue(files.size() > 700, "only " + files.size() + " files");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/** That a file is locked. */", "/**\n * Of Q4_0.\n */", "int strands = 16;", "// the usual group",
        "scratch.lend(rows)",
        "Usual: 128"})
    void findsWhatIsBanned(String text) {
        assertEquals(1, findings("X.java", text).size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/** Reads a row. */", "/** Offset of the scale. */", "unusual", "/* What follows */"})
    void leavesTheRest(String text) {
        assertEquals(List.of(), findings("X.java", text));
    }
}
