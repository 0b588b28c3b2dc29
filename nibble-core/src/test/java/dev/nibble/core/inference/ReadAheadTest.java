package dev.nibble.core.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every page is read even by optimized code: the system counts the pages that this process has touched. */
class ReadAheadTest {
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    private static final long BYTES = 16L << 20;

    @TempDir
    Path folder;

    @Test
    @Timeout(120)
    void touchesEveryPage() throws Exception {
        assumeTrue(Files.exists(MAPPINGS), "the system does not say what is touched");
        Path file = folder.resolve("weights");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int round = 0; round < 30; round++) {
                try (Arena arena = Arena.ofShared()) {
                    MemorySegment weights = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES, arena);
                    assertThat(touched(file)).isZero();
                    try (ReadAhead ahead = ReadAhead.of(List.of(weights))) {
                        ahead.await();
                    }
                    assertThat(touched(file)).as("round %d", round).isEqualTo(BYTES);
                }
            }
        }
    }

    private static long touched(Path file) throws IOException {
        List<String> lines = Files.readAllLines(MAPPINGS);
        long sum = 0;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).endsWith(file.toString())) {
                sum += lines.subList(i, lines.size()).stream().filter(line -> line.startsWith("Rss:")).findFirst()
                        .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10).orElseThrow();
            }
        }
        return sum;
    }
}
