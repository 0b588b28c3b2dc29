package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in a JVM with another processor simulated: everything works, and no class that generates x86-64 code is loaded. */
class OtherProcessorsTest {
    private static final Pattern LOADED = Pattern.compile("\\] (dev\\.nibble\\.core\\.(?:[a-z.]*\\.)?x86\\.\\S+|\\S+\\.X86\\w+) source:");
    /** Classes that only report that they do not support this processor. */
    private static final Set<String> ASKED = Set.of("x86.machine.Machine", "x86.machine.Machine$Holder", "x86.machine.CpuFeatures");

    /** Runs with every backend without machine code. */
    private static final Set<String> MAKES_CODE = Set.of("x86.machine.CodeSpace", "x86.machine.FaultFence", "x86.machine.LibC");

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    @Test
    void quantizesAndRunsWithoutMachineCode() throws Exception {
        Path quantized = folder.resolve("Q4_0.gguf");
        Path expected = folder.resolve("expected.gguf");
        assertThat(Run.nibble("quantize", model, "--to", "Q4_0", "-o", expected).exitCode()).isZero();
        onAnotherProcessor("quantize", model.toString(), "--to", "Q4_0", "-o", quantized.toString());
        assertThat(quantized).hasSameBinaryContentAs(expected);

        String text = onAnotherProcessor("run", quantized.toString(), "-p", "One day", "-n", "12", "--seed", "5");
        Run here = Run.nibble("run", expected, "-p", "One day", "-n", 12, "--seed", 5, "--backend", "vector");
        assertThat(text).isEqualTo(here.out()).isNotBlank();
    }

    @Test
    void calibratesAndMeasuresWithoutMachineCode() throws Exception {
        String[] calibrate = {"calibrate", model.toString(), "--samples", "2", "--seqlen", "32", "-o"};
        Path there = folder.resolve("there.bundle");
        onAnotherProcessor(with(calibrate, there.toString()));
        assertThat(there).isNotEmptyFile();
        assertThat(onAnotherProcessor("perplexity", model.toString(), "-f", model.resolve("stories.txt").toString(), "--ctx", "64"))
                .contains("perplexity");
    }

    /** Classes that make code executable or handle signals are not loaded. */
    @Test
    void aForcedBackendOfJavaMakesNoMachineCode() throws Exception {
        Path quantized = folder.resolve("Q4_0.gguf");
        for (String backend : List.of("vector", "reference")) {
            start(List.of(), "quantize", model.toString(), "--to", "Q4_0", "-o", quantized.toString(), "--force", "--backend", backend);
            assertThat(loaded()).doesNotContainAnyElementsOf(MAKES_CODE);
            start(List.of(), "run", quantized.toString(), "-p", "One day", "-n", "2", "--backend", backend);
            assertThat(loaded()).doesNotContainAnyElementsOf(MAKES_CODE);
        }
    }

    private static String[] with(String[] some, String last) {
        List<String> all = new ArrayList<>(List.of(some));
        all.add(last);
        return all.toArray(new String[0]);
    }

    /** @return its standard output */
    private String onAnotherProcessor(String... command) throws IOException, InterruptedException {
        String printed = start(List.of("-Dos.arch=aarch64"), command);
        assertThat(loaded()).isSubsetOf(ASKED);
        return printed;
    }

    private String start(List<String> options, String... command) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        List<String> all = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Xmx1g",
                "-Xlog:class+load:file=" + folder.resolve("classes"), "-cp", System.getProperty("java.class.path")));
        all.addAll(options);
        all.add("dev.nibble.cli.Main");
        all.addAll(List.of(command));
        Process process = new ProcessBuilder(all).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertThat(process.waitFor()).as(Files.readString(err)).isZero();
        return Files.readString(out);
    }

    private Set<String> loaded() throws IOException {
        Set<String> found = new TreeSet<>();
        Matcher matcher = LOADED.matcher(Files.readString(folder.resolve("classes")));
        while (matcher.find()) {
            found.add(matcher.group(1).replace("dev.nibble.core.", ""));
        }
        return found;
    }
}
