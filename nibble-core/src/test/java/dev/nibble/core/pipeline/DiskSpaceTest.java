package dev.nibble.core.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
    @TempDir
    Path folder;

    @Test
    void aFullDiskIsRefusedBeforeTheJob() throws IOException {
        Path target = folder.resolve("out.gguf");
        assertThatCode(new DiskSpace(target, 5000, 5000)::check).doesNotThrowAnyException();
        assertThatThrownBy(new DiskSpace(target, 5001, 5000)::check).isInstanceOf(IOException.class).hasMessageContaining("out.gguf")
                .hasMessageContaining("4.88 KiB are free").hasMessageContaining("another disk");
        assertThat(DiskSpace.of(target, 1).free()).isPositive();
        assertThatThrownBy(DiskSpace.of(target, Long.MAX_VALUE)::check).hasMessageContaining("needs");
    }

    @Test
    void theFirstTimesOfWorkCountAsWarmUp() {
        AtomicInteger times = new AtomicInteger();
        Pace pace = Pace.of(times::incrementAndGet);
        assertThat(times.get()).isGreaterThan(5);
        assertThat(pace.seconds()).isNotNegative();
        assertThat(pace.warmUp()).isNotNegative();
    }
}
