package dev.nibble.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** End of the workers if one fails or the caller is interrupted. */
class ParallelEncoderTest {
    private static final TensorInfo TENSOR = new TensorInfo("blk.0.ffn_up.weight", Plain.F32, Shape.of(1 << 15, 32));

    /** A tensor with computed rows. */
    private record Source(Runnable read) implements TensorSource {
        @Override
        public TensorInfo info() {
            return TENSOR;
        }

        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            read.run();
        }
    }

    private record Sink(Optional<Throwable> failure) implements CheckpointWriter {
        @Override
        public void write(String name, long position, MemorySegment bytes) throws IOException {
            if (failure.isPresent() && failure.get() instanceof Error e) {
                throw e;
            }
            if (failure.isPresent() && failure.get() instanceof IOException e) {
                throw e;
            }
        }

        @Override
        public int crc32c(String name) {
            throw new IllegalStateException("tensor " + name + " is incomplete");
        }

        @Override
        public void commit() {
            throw new IllegalStateException("incomplete");
        }

        @Override
        public void close() {
            // nothing to close
        }
    }

    private static ParallelEncoder team(Runnable read, CheckpointWriter writer) {
        return new ParallelEncoder(List.of(new PlannedTensor(TENSOR, Q8_0.Q8_0, "")), List.of(new Source(read)),
                new ImportanceMatrix(Optional.empty()), NonFinitePolicy.REFUSE, Path.of("model.gguf"), writer, Stage.silent());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void errorOfAWorkerEndsTheJobWithItsCause(int threads) {
        OutOfMemoryError reading = new OutOfMemoryError("reading");
        assertThatThrownBy(() -> team(() -> {
            throw reading;
        }, new Sink(Optional.empty())).run(threads)).isSameAs(reading);
        StackOverflowError writing = new StackOverflowError("writing");
        assertThatThrownBy(() -> team(() -> {}, new Sink(Optional.of(writing))).run(threads)).isSameAs(writing);
        IOException full = new IOException("no space left on device");
        assertThatThrownBy(() -> team(() -> {}, new Sink(Optional.of(full))).run(threads)).isSameAs(full);
    }

    @Test
    void interruptedTeamEndsAfterItsWorkers() throws InterruptedException {
        CountDownLatch reading = new CountDownLatch(1);
        AtomicReference<Thread> caller = new AtomicReference<>();
        AtomicBoolean left = new AtomicBoolean();
        AtomicBoolean interrupted = new AtomicBoolean();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        ParallelEncoder team = team(() -> {
            reading.countDown();
            left.compareAndSet(false, ended(caller.get()));
        }, new Sink(Optional.empty()));
        caller.set(Thread.ofPlatform().unstarted(() -> {
            try {
                team.run(2);
            } catch (IOException | RuntimeException e) {
                thrown.set(e);
                interrupted.set(Thread.currentThread().isInterrupted());
            }
        }));
        caller.get().start();
        reading.await();
        caller.get().interrupt();
        caller.get().join();
        assertThat(thrown.get()).isInstanceOf(IOException.class).hasMessage("interrupted");
        assertThat(interrupted).isTrue();
        assertThat(left).as("the caller went on while a worker was reading").isFalse();
    }

    /** Waits, so that the caller could end too early. */
    private static boolean ended(Thread caller) {
        try {
            return caller.join(Duration.ofMillis(300));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
