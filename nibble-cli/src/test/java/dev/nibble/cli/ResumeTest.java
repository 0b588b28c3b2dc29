package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code nibble quantize --resume}: interrupted jobs. */
class ResumeTest {
    private static final long KILL_SECONDS = 120;
    private static final String LATE = "tokenizer_config.json"; // one of the last files written

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    private List<String> command(String out, String... options) {
        List<String> all = new ArrayList<>(List.of("quantize", model.toString(), "-o", folder.resolve(out).toString(), "--samples", "4",
                "--seqlen", "64", "--threads", "2"));
        all.addAll(List.of(options));
        return all;
    }

    private Run quantize(String out, String... options) {
        return Run.nibble(command(out, options).toArray());
    }

    private Path weights(String out) {
        return folder.resolve(out).resolve("model.safetensors");
    }

    /** Starts the program in a process and kills it when its journal has grown. @return whether it was still running */
    private boolean kill(Path journal, long bytes, List<String> command) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Xmx1g", "-cp", System.getProperty("java.class.path"),
                "dev.nibble.cli.Main"));
        all.addAll(command);
        Process process = new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        try {
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(KILL_SECONDS); process.isAlive() && System.nanoTime() < end;) {
                if (Files.exists(journal) && Files.size(journal) >= bytes) {
                    return true;
                }
                process.waitFor(2, TimeUnit.MILLISECONDS);
            }
            return false;
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @ParameterizedTest
    @CsvSource({"awq, 3000", "autoround, 100000", "gptq --true-sequential, 400000"})
    void aKilledProcessLosesLittle(String options, long bytes) throws IOException, InterruptedException {
        String[] method = ("--method " + options).split(" ");
        assertThat(quantize("whole", method).exitCode()).isZero();
        Path journal = folder.resolve("part.journal");
        assertThat(kill(journal, bytes, command("part", method))).as(Files.readString(folder.resolve("log"))).isTrue();
        assertThat(journal).exists();
        assertThat(weights("part")).doesNotExist();
        Run resumed = quantize("part", ("--resume --method " + options).split(" "));
        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("continuing after");
        assertThat(resumed.err().contains("calibrating on")).as("inputs come from weights that are finished")
                .isEqualTo(options.contains("sequential"));
        assertThat(Files.mismatch(weights("whole"), weights("part"))).isEqualTo(-1);
        onlyThese("model", "whole", "part", "log");
    }

    private void onlyThese(String... names) throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gptq --act-order", "awq --keep layers\\.[1-9]", "quip --keep layers\\.[1-9]",
        "gptq --act-order --true-sequential"})
    void halfAJournalGivesTheSameBytes(String options) throws IOException {
        String[] method = ("--method " + options).split(" ");
        assertThat(quantize("whole", method).exitCode()).isZero();
        Path journal = folder.resolve("part.journal");
        Path kept = Files.createDirectory(folder.resolve("part"));
        Files.createDirectory(kept.resolve(LATE)); // makes writing the result fail at the end
        Run failed = quantize("part", method);
        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.err()).contains("resume continues from there");
        assertThat(weights("part")).doesNotExist();
        try (var file = FileChannel.open(journal, StandardOpenOption.WRITE)) {
            file.truncate(Files.size(journal) * 2 / 3); // like a crash in the middle of a layer
        }
        Files.delete(kept.resolve(LATE));
        String[] resumed = ("--resume --method " + options).split(" ");
        Run gone = quantize("part", resumed);
        assertThat(gone.exitCode()).as(gone.err()).isZero();
        assertThat(gone.err()).contains("continuing after");
        assertThat(Files.mismatch(weights("whole"), weights("part"))).isEqualTo(-1);
        onlyThese("model", "whole", "part");
    }

    @Test
    void journalsOfOtherJobsAreNotMixedIn() throws IOException {
        assertThat(quantize("none", "--method", "gptq", "--resume").err()).contains("to continue; starting anew");
        Path kept = Files.createDirectory(folder.resolve("part"));
        Files.createDirectory(kept.resolve(LATE));
        assertThat(quantize("part", "--method", "gptq").exitCode()).isEqualTo(1);
        Run other = quantize("part", "--method", "gptq", "--bits", "3", "--resume");
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.err()).contains("is the journal of another job").contains("leave out --resume");
        Files.delete(kept.resolve(LATE));
        Run anew = quantize("part", "--method", "gptq", "--bits", "3");
        assertThat(anew.exitCode()).as(anew.err()).isZero();
        assertThat(anew.err()).contains("is from an interrupted run; starting anew").contains("calibrating on");
        assertThat(quantize("whole", "--method", "gptq", "--bits", "3").exitCode()).isZero();
        assertThat(Files.mismatch(weights("whole"), weights("part"))).isEqualTo(-1);
        onlyThese("model", "none", "part", "whole");
    }
}
