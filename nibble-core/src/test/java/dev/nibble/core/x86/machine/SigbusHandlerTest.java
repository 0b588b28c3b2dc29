package dev.nibble.core.x86.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.backend.Weights;
import dev.nibble.core.codec.Q4_0;
import dev.nibble.core.codec.Q6_K;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A file truncated while kernels read it: every call reports it, and the JVM survives. */
class SigbusHandlerTest {
    private static final int ROWS = 512;
    private static final int COLUMNS = 1024;
    private static final int ROUNDS = 100;

    @TempDir
    private Path directory;

    static Stream<Backend> backends() {
        return Backends.detect().usable().stream().filter(backend -> backend.name().startsWith("x86"));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void callsEndEarlyAndTheNextOnesWork(Backend backend) throws Exception {
        assumeTrue(Machine.detected().unsupportedReason().isEmpty());
        for (Codec codec : List.of(Q4_0.Q4_0, Q6_K.Q6_K)) {
            Tensor weight = Weights.random(codec, ROWS, COLUMNS, new Random(5));
            for (int round = 0; round < ROUNDS; round++) {
                cutOff(backend, weight, round);
            }
            Matrix y = Matrix.of(1, ROWS);
            try (Arena arena = Arena.ofShared()) {
                backend.prepare(weight, arena).orElseThrow().multiply(Weights.activations(1, COLUMNS, new Random(1)), y, 0, ROWS);
            }
            assertThat(y.data()).doesNotContain(0f, Float.NaN);
        }
    }

    private void cutOff(Backend backend, Tensor weight, int round) throws Exception {
        Path file = directory.resolve("weight" + round);
        Files.write(file, weight.data().toArray(ValueLayout.JAVA_BYTE));
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, weight.data().byteSize(), arena);
            MatMul kernel = backend.prepare(new Tensor(weight.codec(), weight.shape(), mapped), arena).orElseThrow();
            channel.truncate(4096);
            List<Future<?>> calls = new ArrayList<>();
            for (int tokens : new int[]{1, 17}) {
                Matrix x = Weights.activations(tokens, COLUMNS, new Random(round));
                calls.add(threads.submit(() -> kernel.multiply(x, Matrix.of(tokens, ROWS), 0, ROWS)));
            }
            for (Future<?> call : calls) {
                assertThatThrownBy(call::get).hasCauseInstanceOf(InternalError.class).hasMessageContaining("truncated");
            }
        }
        Files.delete(file);
    }
}
