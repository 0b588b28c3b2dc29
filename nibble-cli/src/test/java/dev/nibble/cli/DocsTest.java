package dev.nibble.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The classes, packages, files and links that README and docs/ name. */
class DocsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
    private static final Pattern CLASS = Pattern.compile("[A-Z][a-z0-9]+[A-Z]\\w*(?=$|[.(])");
    private static final Pattern SOURCE = Pattern.compile("[a-z][\\w.]*(/[a-z]\\w*)*/[A-Z]\\w*");
    private static final Pattern PACKAGE = Pattern.compile("dev\\.nibble(\\.[a-z]\\w*)*");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    private static final int MAX_GLOSSARY = 30;
    /** Names of the JDK, LangChain4j and of formats, which are not classes of Nibble. */
    private static final Pattern SCHEME = Pattern.compile("W\\d+A\\w+");
    private static final Set<String> FOREIGN = Set.of("ChatModel", "StreamingChatModel", "EmbeddingModel", "InterruptedIOException",
            "Int4TilePackedTo4dTensor", "IntxUnpackedToInt8Tensor", "Float8Tensor", "Int4Tensor", "Int8Tensor", "DenseFamily");

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs")); Stream<Path> top = Files.list(ROOT)) {
            return Stream.concat(docs, top).filter(file -> file.toString().endsWith(".md")).sorted().toList();
        }
    }

    private static Set<String> sources() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            Set<String> found = new TreeSet<>();
            for (Path module : modules.filter(path -> path.getFileName().toString().startsWith("nibble-")).toList()) {
                for (String kind : List.of("src/main/java", "src/test/java")) {
                    Path root = module.resolve(kind);
                    if (Files.isDirectory(root)) {
                        try (Stream<Path> files = Files.walk(root)) {
                            files.forEach(file -> found.add(root.relativize(file).toString().replace('\\', '/')));
                        }
                    }
                }
            }
            return found;
        }
    }

    @Test
    void namesOnlyWhatExists() throws IOException {
        Set<String> sources = sources();
        Set<String> classes = sources.stream().filter(file -> file.endsWith(".java"))
                .map(file -> file.substring(file.lastIndexOf('/') + 1, file.length() - 5)).collect(Collectors.toSet());
        Set<String> missing = new TreeSet<>();
        int checked = 0;
        for (Path page : pages()) {
            Matcher code = CODE.matcher(Files.readString(page));
            while (code.find()) {
                String text = code.group(1);
                Matcher name = CLASS.matcher(text);
                if (SOURCE.matcher(text).matches()) {
                    checked++;
                    String end = text.replace('.', '/') + ".java";
                    if (sources.stream().noneMatch(file -> file.endsWith("/" + end) || file.equals(end))) {
                        missing.add(page + ": " + text);
                    }
                } else if (PACKAGE.matcher(text).matches()) {
                    checked++;
                    if (!sources.contains(text.replace('.', '/'))) {
                        missing.add(page + ": " + text);
                    }
                } else if (name.lookingAt() && !SCHEME.matcher(text).matches() && !FOREIGN.contains(name.group())) {
                    checked++;
                    if (!classes.contains(name.group())) {
                        missing.add(page + ": " + text);
                    }
                }
            }
        }
        assertEquals(Set.of(), missing);
        assertTrue(checked > 100, "only " + checked + " names found");
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        Set<String> missing = new TreeSet<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                if (!Files.exists(page.resolveSibling(link.group(1)))) {
                    missing.add(page + ": " + link.group(1));
                }
            }
        }
        assertEquals(Set.of(), missing);
    }

    @Test
    void glossaryIsShort() throws IOException {
        String glossary = Files.readString(ROOT.resolve("docs/architecture.md")).split("\n## ", 3)[1];
        long rows = glossary.lines().filter(line -> line.startsWith("| **")).count();
        assertTrue(rows > 0 && rows <= MAX_GLOSSARY, rows + " rows");
    }
}
