package dev.nibble.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs in {@code examples/}: each compiles without a warning, runs on the demo model, is short, and is in their README. */
class ExamplesTest {
    private static final Path EXAMPLES = Path.of("../examples");
    private static final int MAX_LINES = 25;

    @TempDir
    static Path folder;

    @BeforeAll
    static void unpack() throws IOException {
        DemoModel.unpack(folder.resolve("model"));
    }

    static List<Path> programs() throws IOException {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }

    @Test
    void thereAreSome() throws IOException {
        assertEquals(
                List.of("Chat.java", "Compare.java", "Embed.java", "Evaluate.java", "Fit.java", "Generate.java", "Quantize.java",
                        "Stream.java"),
                programs().stream().map(file -> file.getFileName().toString()).toList());
    }

    @ParameterizedTest
    @MethodSource("programs")
    void runsOnTheDemoModel(Path program) throws Exception {
        String name = program.getFileName().toString().replace(".java", "");
        compile(program);
        String printed = output(name);
        assertTrue(printed.strip().length() > 60, printed);
        assertTrue(Files.readAllLines(program).size() <= MAX_LINES, name + " has more than " + MAX_LINES + " lines");
        assertTrue(Files.readString(EXAMPLES.resolve("README.md")).contains("](" + name + ".java)"), name + " is not in the README");
    }

    /** The lines without the first ones and the indentation. */
    @ParameterizedTest
    @ValueSource(strings = {"Quantize", "Fit", "Compare"})
    void theReadmeShowsWhatIsRun(String name) throws IOException {
        List<String> program = Files.readAllLines(EXAMPLES.resolve(name + ".java"));
        assertTrue(
                program.stream().filter(line -> line.startsWith("import")).allMatch(line -> line.matches("import dev\\.nibble\\.\\w+;")));
        int start = program.indexOf("void main(String[] arguments) throws IOException {") + 1;
        String shown = String.join("\n", program.subList(start, program.size() - 1).stream().map(line -> line.substring(4)).toList());
        assertTrue(Files.readString(Path.of("../README.md")).contains("```java\n" + shown + "\n```"), name + " differs from README.md");
    }

    private static void compile(Path program) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(found, null, StandardCharsets.UTF_8)) {
            List<String> options = List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none",
                    "-Xlint:all,-path,-classfile");
            boolean compiled = compiler.getTask(null, files, found, options, null, files.getJavaFileObjects(program)).call();
            assertTrue(compiled, found.getDiagnostics()::toString);
        }
        assertFalse(found.getDiagnostics().stream().anyMatch(one -> one.getKind() != Diagnostic.Kind.NOTE),
                found.getDiagnostics()::toString);
    }

    private static String output(String name) throws Exception {
        PrintStream real = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader = new URLClassLoader(new URL[]{folder.toUri().toURL()}, ExamplesTest.class.getClassLoader())) {
            Class<?> program = loader.loadClass(name);
            Constructor<?> constructor = program.getDeclaredConstructor();
            constructor.setAccessible(true);
            Method main = program.getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            main.invoke(constructor.newInstance(), (Object) new String[]{folder.resolve("model").toString()});
        } finally {
            System.setOut(real);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }
}
