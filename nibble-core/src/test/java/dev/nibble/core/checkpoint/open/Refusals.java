package dev.nibble.core.checkpoint.open;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Checks that invalid files are refused with code and position of the fault, without using much memory, and leave nothing behind. */
public final class Refusals {
    public static final long ANYWHERE = Long.MIN_VALUE;
    private static final long ALLOWED_HEAP = 64L << 20;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Opens a file. */
    @FunctionalInterface
    public interface Opener {
        AutoCloseable open(Path path) throws IOException;
    }

    private final Opener opener;
    private final Path file;

    public Refusals(Opener opener, Path file) {
        this.opener = opener;
        this.file = file;
    }

    /**
     * @param row      of the catalogue, with details
     * @param code     without the format's own prefix if it is clear
     * @param at       byte position of the fault, or {@link #ANYWHERE}
     * @param mentions what the message must contain
     */
    public DynamicTest refused(String row, byte[] bytes, String code, long at, String... mentions) {
        return DynamicTest.dynamicTest(row, () -> {
            Files.write(file, bytes);
            List<String> before = listing();
            long heap = THREADS.getCurrentThreadAllocatedBytes();
            Throwable thrown = catchThrowable(() -> opener.open(file).close());
            heap = THREADS.getCurrentThreadAllocatedBytes() - heap;
            assertThat(thrown).as(row).isInstanceOf(MalformedFileException.class);
            MalformedFileException refusal = (MalformedFileException) thrown;
            assertThat(refusal.code()).as(refusal.getMessage()).isEqualTo(code);
            if (at != ANYWHERE) {
                assertThat(refusal.offset()).as(refusal.getMessage()).isEqualTo(at);
            }
            assertThat(refusal.getMessage()).contains(file.getFileName().toString(), code).doesNotContain("\n");
            assertThat(mentions).allSatisfy(part -> assertThat(refusal.getMessage()).contains(part));
            assertThat(heap).isLessThan(ALLOWED_HEAP + 4L * bytes.length);
            assertThat(listing()).isEqualTo(before);
        });
    }

    /** Every prefix of a valid file shorter than {@code length} must be refused, in any way. */
    public DynamicTest everyCutRefused(String row, byte[] right, int length) {
        return DynamicTest.dynamicTest(row, () -> {
            for (int cut = 0; cut < length; cut++) {
                Files.write(file, Arrays.copyOf(right, cut));
                assertThat(catchThrowable(() -> opener.open(file).close())).as("cut to %d of %d bytes", cut, right.length)
                        .isInstanceOf(MalformedFileException.class);
            }
            Files.write(file, right);
            opener.open(file).close();
        });
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.list(file.getParent())) {
            return files.map(Path::toString).sorted().toList();
        }
    }
}
