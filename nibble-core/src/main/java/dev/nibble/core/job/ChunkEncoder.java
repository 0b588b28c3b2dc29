package dev.nibble.core.job;

import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.encode.RowEncoders;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** One worker's buffers and encoders: reads a chunk of rows, checks it, encodes it, and measures the error. Confined to a thread. */
final class ChunkEncoder implements AutoCloseable {
    /** An encoded chunk; {@code bytes} is valid until the next chunk. */
    record Result(MemorySegment bytes, double squaredError, double squaredNorm, long flushedBlocks, long zeroed) {}

    private final NonFinitePolicy nonFinite;
    private final long totalValues;
    private final Map<Codec, RowEncoder> encoders = new HashMap<>();
    private final RoundTrip loss = new RoundTrip();
    private Arena arena = Arena.ofConfined();
    private MemorySegment buffer = MemorySegment.NULL;
    private float[] values = new float[0];
    private float[] decoded = new float[0];

    /** @param totalValues number of values in the whole job; decides which encoder pays off */
    ChunkEncoder(NonFinitePolicy nonFinite, long totalValues) {
        this.nonFinite = nonFinite;
        this.totalValues = totalValues;
    }

    /**
     * Encodes the chunk's rows.
     *
     * @param importance importance per column, for these rows
     * @throws UnsupportedException if the source has non-finite values that are refused, or the codec cannot represent them
     */
    Result encode(TensorSource source, PlannedTensor tensor, ChunkQueue.Chunk chunk, Importance importance) {
        int columns = Math.toIntExact(tensor.source().shape().columns());
        int count = Math.multiplyExact(columns, chunk.rows());
        long rowBytes = tensor.target().bytes(columns);
        reserve(count, rowBytes * chunk.rows());
        source.read(chunk.firstRow(), chunk.rows(), values, 0);
        encode(tensor, chunk.rows(), columns, importance);
        long zeroed = 0;
        if (!Double.isFinite(loss.squaredNorm)) { // squares of floats do not overflow a double: some value is not finite
            zeroed = zeroNonFinite(tensor, chunk, count, columns);
            encode(tensor, chunk.rows(), columns, importance);
        }
        MemorySegment bytes = buffer.asSlice(0, rowBytes * chunk.rows());
        if (!Double.isFinite(loss.squaredError)) {
            String name = tensor.source().name();
            throw new UnsupportedException(Advice.of("tensor %s, rows %s to %s: values too large for %s; use %s", name, chunk.firstRow(),
                    chunk.firstRow() + chunk.rows() - 1, tensor.target().name(), Setting.WIDER_TYPE.of(name)));
        }
        return new Result(bytes, loss.squaredError, loss.squaredNorm, loss.flushedBlocks, zeroed);
    }

    /** Copies the chunk's bytes from the source. */
    Result copy(TensorSource source, PlannedTensor tensor, ChunkQueue.Chunk chunk) {
        if (source.isTransformed()) {
            return encode(source, tensor, chunk, Importance.EQUAL); // as the model sees it, not as it is stored
        }
        long rowBytes = tensor.target().bytes(tensor.source().shape().columns());
        long size = rowBytes * chunk.rows();
        Optional<MemorySegment> whole = source.raw().map(raw -> raw.data().asSlice(chunk.firstRow() * rowBytes, size));
        MemorySegment bytes = whole.orElseGet(() -> {
            reserve(0, size);
            return buffer.asSlice(0, size);
        });
        if (whole.isEmpty()) {
            for (int row = 0; row < chunk.rows(); row++) {
                MemorySegment from = source.rawRow(chunk.firstRow() + row).orElse(null);
                if (from == null) {
                    return encode(source, tensor, chunk, Importance.EQUAL);
                }
                MemorySegment.copy(from, 0, bytes, row * rowBytes, rowBytes);
            }
        }
        checkCopy(tensor, chunk, bytes);
        return new Result(bytes, 0, 0, 0, 0);
    }

    /** Checks that copied values are finite. */
    private void checkCopy(PlannedTensor tensor, ChunkQueue.Chunk chunk, MemorySegment bytes) {
        int columns = Math.toIntExact(tensor.source().shape().columns());
        int count = Math.multiplyExact(columns, chunk.rows());
        reserve(count, 0);
        tensor.target().decode(bytes, 0, values, 0, count);
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
                throw notFinite(tensor, chunk, i, columns, Advice.of(nonFinite == NonFinitePolicy.ZERO
                        ? "it is copied unchanged; choose a type for the tensor"
                        : "a sound model has none: check the source"));
            }
        }
    }

    private UnsupportedException notFinite(PlannedTensor tensor, ChunkQueue.Chunk chunk, int at, int columns, Advice advice) {
        return new UnsupportedException(Advice.of("tensor %s: %s at row %d, column %d; %s", tensor.source().name(), values[at],
                chunk.firstRow() + at / columns, at % columns, advice));
    }

    /** Encodes the rows in {@link #values} into {@link #buffer} and measures the error of the decoded values. */
    private void encode(PlannedTensor tensor, int rows, int columns, Importance importance) {
        Codec codec = tensor.target();
        RowEncoder encoder = encoders.computeIfAbsent(codec, wanted -> RowEncoders.of(wanted, totalValues));
        long rowBytes = codec.bytes(columns);
        for (int row = 0; row < rows; row++) {
            encoder.encode(values, row * columns, columns, importance, buffer, row * rowBytes);
        }
        codec.decode(buffer, 0, decoded, 0, rows * columns);
        loss.measure(values, decoded, rows * columns, codec);
    }

    private void reserve(int count, long bytes) {
        if (values.length < count) {
            values = new float[count];
            decoded = new float[count];
        }
        if (buffer.byteSize() < bytes) {
            arena.close();
            arena = Arena.ofConfined();
            buffer = arena.allocate(bytes, 64);
        }
    }

    /** Replaces NaN and infinite values by 0 and counts them, if allowed. */
    private long zeroNonFinite(PlannedTensor tensor, ChunkQueue.Chunk chunk, int count, int columns) {
        long found = 0;
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
                if (nonFinite == NonFinitePolicy.REFUSE) {
                    throw notFinite(tensor, chunk, i, columns, Advice.of(
                            "a sound model has none: check the source, or accept zeros in their place (%s)",
                            Setting.NON_FINITE.of("zero")));
                }
                values[i] = 0;
                found++;
            }
        }
        return found;
    }

    @Override
    public void close() {
        arena.close();
    }
}
