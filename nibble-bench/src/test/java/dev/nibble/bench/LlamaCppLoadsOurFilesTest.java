package dev.nibble.bench;

import static org.assertj.core.api.Assertions.assertThat;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nibble's files in llama.cpp: quantizes the bundled model with the {@code demo} command; llama.cpp loads every file and generates.
 *
 * <p>
 * Each file is loaded in a JVM of its own, because the library's threads keep the JVM running.
 */
@Tag("peer")
class LlamaCppLoadsOurFilesTest {
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String TYPES = "F32,F16,BF16,Q8_0,Q6_K,Q5_K_M,Q5_K_S,Q5_1,Q5_0,Q4_K_M,Q4_K_S,IQ4_NL,IQ4_XS,Q4_1,Q4_0,Q3_K_L,Q3_K_M,"
            + "Q3_K_S,IQ3_M,IQ3_S,Q2_K,TQ2_0,TQ1_0";

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> generates() throws Exception {
        run(List.of("dev.nibble.cli.Main", "demo", "-o", folder.toString(), "--types", TYPES));
        return Stream.of(TYPES.split(",")).map(type -> DynamicTest.dynamicTest(type, () -> {
            String text = run(List.of(Generate.class.getName(), folder.resolve("demo-" + type + ".gguf").toString()));
            assertThat(text).contains("TEXT:");
            assertThat(text.substring(text.indexOf("TEXT:") + 5).strip()).isNotEmpty();
        }));
    }

    private String run(List<String> arguments) throws IOException, InterruptedException {
        Path log = Files.createTempFile(folder, "child", ".log");
        List<String> command = new java.util.ArrayList<>(List.of(JAVA, "--add-modules=jdk.incubator.vector", "-cp",
                System.getProperty("java.class.path")));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        process.destroyForcibly();
        String output = Files.readString(log);
        assertThat(ended).as(output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    /** Child process: generates a few tokens from the file of the first argument. */
    static final class Generate {
        private Generate() {}

        public static void main(String[] arguments) {
            StringBuilder text = new StringBuilder();
            try (LlamaModel model = new LlamaModel(new ModelParameters().setModel(arguments[0]).setCtxSize(128).setThreads(2))) {
                for (LlamaOutput token : model.generate(new InferenceParameters("Once upon a time").setNPredict(16).setTemperature(0))) {
                    text.append(token);
                }
            }
            System.out.println("TEXT:" + text);
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }
    }
}
