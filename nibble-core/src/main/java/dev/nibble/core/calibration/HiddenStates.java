package dev.nibble.core.calibration;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.nibble.core.kernel.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/** The residual stream between two layers for every token of a text: in memory, or in a temporary file deleted on close. */
final class HiddenStates implements AutoCloseable {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private final int hidden;
    private final long[] starts;
    private final int[] lengths;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment states;

    /**
     * @param max bytes kept in memory
     * @param file temporary file for larger states
     */
    HiddenStates(List<int[]> windows, int hidden, long max, Path file) throws IOException {
        this.hidden = hidden;
        this.starts = new long[windows.size()];
        this.lengths = windows.stream().mapToInt(window -> window.length).toArray();
        long bytes = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = bytes;
            bytes += (long) lengths[i] * hidden * Float.BYTES;
        }
        if (bytes <= max) {
            states = arena.allocate(bytes, Float.BYTES);
            return;
        }
        try (FileChannel channel = FileChannel.open(file, CREATE, READ, WRITE, DELETE_ON_CLOSE)) {
            states = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** A copy of a window's states: tokens × hidden. */
    Matrix read(int window) {
        Matrix state = Matrix.of(lengths[window], hidden);
        MemorySegment.copy(states, FLOAT, starts[window], state.data(), 0, state.data().length);
        return state;
    }

    void write(int window, Matrix state) {
        MemorySegment.copy(state.data(), state.from(), states, FLOAT, starts[window], lengths[window] * hidden);
    }

    @Override
    public void close() {
        arena.close();
    }
}
