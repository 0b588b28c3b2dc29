package dev.nibble.core.checkpoint.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows F01, F04 and F05 of the catalogue of faults, for a single file. */
class AtomicFileTest {
    @TempDir
    Path folder;

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void appearsCompleteUnderItsNameOnlyWhenCommitted() throws IOException {
        Path target = folder.resolve("model.gguf");
        try (AtomicFile file = AtomicFile.create(target, false)) {
            file.write(3, text("def"));
            file.write(0, text("abc"));
            file.setSize(8);
            assertThat(listing()).singleElement().asString().matches("\\.model\\.gguf\\.nibble-[0-9a-f]{8}\\.partial");
            file.commit();
        }
        assertThat(listing()).containsExactly("model.gguf");
        assertThat(target).hasContent("abcdef\0\0");
        try (AtomicFile file = AtomicFile.create(target, true)) {
            file.write(0, text("new"));
            assertThat(target).hasContent("abcdef\0\0");
            file.commit();
            assertThatThrownBy(file::commit).isInstanceOf(IllegalStateException.class);
        }
        assertThat(target).hasContent("new");
        assertThat(listing()).containsExactly("model.gguf");
    }

    @Test
    void closeWithoutCommitLeavesNothing() throws IOException {
        try (AtomicFile file = AtomicFile.create(folder.resolve("x"), false)) {
            file.write(0, text("abc"));
        }
        assertThat(listing()).isEmpty();
    }

    @Test
    void longNamesAreCutForTheTemporary() throws IOException {
        String name = "é".repeat(120) + ".gguf";
        try (AtomicFile file = AtomicFile.create(folder.resolve(name), false)) {
            file.commit();
        }
        assertThat(listing()).containsExactly(name);
    }

    @Test
    void existingFilesAreKept() throws IOException {
        Path target = Files.writeString(folder.resolve("x"), "old");
        assertThatThrownBy(() -> AtomicFile.create(target, false)).isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("exists already");
        assertThatThrownBy(() -> AtomicFile.create(Files.createDirectory(folder.resolve("d")), true))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("not a regular file");
        assertThatThrownBy(() -> AtomicFile.create(folder.resolve("absent/x"), true)).isInstanceOf(IOException.class);
        try (AtomicFile slow = AtomicFile.create(folder.resolve("y"), false)) {
            Files.writeString(folder.resolve("y"), "quicker");
            assertThatThrownBy(slow::commit).isInstanceOf(FileAlreadyExistsException.class);
        }
        assertThat(folder.resolve("y")).hasContent("quicker");
        assertThat(target).hasContent("old");
        assertThat(listing()).containsExactly("d", "x", "y");
    }

    @Test
    void fullDiskAtEveryOperation() throws IOException {
        Path target = Files.writeString(folder.resolve("model"), "old");
        boolean done = false;
        for (int operations = 0; !done; operations++) {
            int allowed = operations;
            FailingChannel[] disk = new FailingChannel[1];
            Throwable thrown = catchThrowable(() -> {
                try (AtomicFile file = AtomicFile.create(target, true, path -> {
                    disk[0] = new FailingChannel(
                            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.READ),
                            allowed);
                    return disk[0];
                })) {
                    file.write(0, text("0123456789"));
                    file.setSize(12);
                    file.commit();
                }
            });
            done = !disk[0].hasFailed();
            assertThat(target).hasContent(done ? "0123456789\0\0" : "old");
            assertThat(listing()).containsExactly("model");
            if (!done) {
                assertThat(thrown).isInstanceOf(IOException.class).hasMessageContaining(target.toString())
                        .hasMessageContaining("No space left on device");
            } else {
                assertThat(thrown).isNull();
                assertThat(operations).isEqualTo(12); // ten bytes, the size, the sync
            }
        }
    }

    @Test
    void roomIsGivenBackAtOnce() throws IOException {
        try (AtomicFile file = AtomicFile.create(folder.resolve("model"), false,
                path -> new FailingChannel(FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), 3))) {
            assertThatThrownBy(() -> file.write(0, text("0123456789"))).isInstanceOf(IOException.class);
            assertThat(listing()).isEmpty();
            assertThatThrownBy(file::commit).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void realFullDiskIsReportedWithItsName() {
        Path full = Path.of("/dev/full");
        Throwable thrown = catchThrowable(() -> {
            try (AtomicFile file = AtomicFile.create(folder.resolve("model"), false,
                    path -> FileChannel.open(full, StandardOpenOption.READ, StandardOpenOption.WRITE))) {
                file.write(0, text("0123456789"));
            }
        });
        assertThat(thrown).isInstanceOf(IOException.class).hasMessageContaining("model").hasMessageContaining("No space left");
    }

    /** Writes half a file and waits to be killed. */
    public static final class Child {
        private Child() {}

        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) throws IOException, InterruptedException {
            try (AtomicFile file = AtomicFile.create(Path.of(arguments[0]), true)) {
                file.write(0, text("half"));
                System.out.println("ready");
                System.out.flush();
                Thread.sleep(60_000);
                file.commit();
            }
        }
    }

    /** Whether this process ignores interrupts, like a shell's background job: children inherit that, and the JVM keeps it. */
    private static boolean interruptsAreIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        int interrupts = 1 << 2 - 1;
        return Files.exists(status) && Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & interrupts) != 0);
    }

    @Test
    void signalsRemoveTheTemporaryAndKeepTheOldFile() throws IOException, InterruptedException {
        Path target = Files.writeString(folder.resolve("model"), "old");
        for (String signal : interruptsAreIgnored() ? List.of("TERM", "KILL") : List.of("INT", "TERM", "KILL")) {
            Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                    System.getProperty("java.class.path"), Child.class.getName(), target.toString()).redirectErrorStream(true).start();
            try {
                assertThat(child.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("ready");
                assertThat(listing()).hasSize(2);
                assertThat(new ProcessBuilder("kill", "-" + signal, String.valueOf(child.pid())).start().waitFor()).isZero();
                assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
            } finally {
                child.destroyForcibly();
            }
            assertThat(target).hasContent("old");
            if (!signal.equals("KILL")) {
                assertThat(listing()).as(signal).containsExactly("model");
            }
        }
        assertThat(listing()).hasSize(2).allMatch(name -> name.equals("model") || name.matches("\\.model\\.nibble-.*\\.partial"));
        Path someoneElses = Files.writeString(folder.resolve(".other.nibble-01234567.partial"), "half");
        try (AtomicFile first = AtomicFile.create(target, true); AtomicFile second = AtomicFile.create(target, true)) {
            assertThat(listing()).as("those being written stay, the killed one goes").hasSize(4);
            first.write(0, text("new"));
            first.commit();
            assertThat(second.target()).hasContent("new");
        }
        assertThat(listing()).containsExactlyInAnyOrder("model", someoneElses.getFileName().toString());
    }
}
