package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.checkpoint.io.OutputLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two runs on one output: the second is refused at once, and the first continues undisturbed. */
class OutputLockTest {
    private static final long SECONDS = 120;
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    private List<String> command(String out) {
        return List.of("quantize", model.toString(), "-o", folder.resolve(out).toString(), "--method", "gptq", "--samples", "12",
                "--seqlen",
                "256", "--threads", "2", "--force");
    }

    /** Starts another process that quantizes, and waits for its journal. */
    private Process started(String out) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Xmx1g", "-cp", System.getProperty("java.class.path"),
                "dev.nibble.cli.Main"));
        all.addAll(command(out));
        Process process = new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        Path journal = folder.resolve(out + ".journal");
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS); !Files.exists(journal) && System.nanoTime() < end;) {
            assertThat(process.isAlive()).as("%s", Files.readString(folder.resolve("log"))).isTrue();
            process.waitFor(2, TimeUnit.MILLISECONDS);
        }
        return process;
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).toList();
        }
    }

    @Test
    void theSecondIsRefusedAndTheFirstIsNotHarmed() throws IOException, InterruptedException {
        assertThat(Run.nibble(command("alone").toArray()).exitCode()).isZero();
        Process first = started("out");
        try {
            List<String> resumed = new ArrayList<>(command("out"));
            resumed.add("--resume");
            for (List<String> command : List.of(command("out"), resumed,
                    List.of("convert", model.toString(), "--to", "gguf", "-o", folder.resolve("out").toString()))) {
                Run second = Run.nibble(command.toArray());
                assertThat(first.isAlive()).as("the first run was too fast for this test").isTrue();
                assertThat(second.exitCode()).isEqualTo(1);
                assertThat(second.err())
                        .contains("is being written by another run of nibble, process " + first.pid(), "name another output")
                        .doesNotContain("starting anew");
            }
            assertThat(first.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            first.destroyForcibly().waitFor();
        }
        assertThat(first.exitValue()).as("%s", Files.readString(folder.resolve("log"))).isZero();
        assertThat(Files.mismatch(folder.resolve("alone/model.safetensors"), folder.resolve("out/model.safetensors"))).isEqualTo(-1);
        assertThat(files()).containsExactlyInAnyOrder("model", "alone", "out", "log");
    }

    @Test
    void theLockOfAKilledRunIsNone() throws IOException, InterruptedException {
        started("out").destroyForcibly().waitFor();
        Run next = Run.nibble(command("out").toArray());
        assertThat(next.exitCode()).as(next.err()).isZero();
        assertThat(files()).containsExactlyInAnyOrder("model", "out", "log");
    }

    @Test
    void aProcessTakesAnOutputOnce() throws IOException {
        Path out = folder.resolve("out");
        try (OutputLock _ = OutputLock.of(out)) {
            Run second = Run.nibble(command("out").toArray());
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.err()).contains("is being written by this process already");
            try (OutputLock _ = OutputLock.of(folder.resolve("other"))) {
                assertThat(files()).contains(".out.nibble.lock", ".other.nibble.lock");
            }
        }
        assertThat(files()).containsExactly("model");
    }
}
