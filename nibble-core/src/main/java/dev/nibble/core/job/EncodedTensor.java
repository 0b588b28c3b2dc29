package dev.nibble.core.job;

import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.encode.RowEncoders;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A tensor quantized in memory by rounding to nearest. */
public record EncodedTensor(TensorInfo info, Tensor stored) implements TensorSource {
    /** @param arena arena of the bytes; shared if there are several workers */
    public static EncodedTensor of(TensorSource source, Codec codec, Workers workers, Arena arena) {
        TensorInfo info = new TensorInfo(source.info().name(), codec, source.info().shape());
        int columns = Math.toIntExact(info.shape().columns());
        long rowBytes = codec.bytes(columns);
        MemorySegment bytes = arena.allocate(info.bytes(), 64);
        workers.run(Math.toIntExact(info.shape().rows()), 1, (from, to) -> {
            RowEncoder encoder = RowEncoders.of(codec, info.shape().count());
            float[] row = new float[columns];
            for (int i = from; i < to; i++) {
                source.read(i, 1, row, 0);
                encoder.encode(row, 0, columns, Importance.EQUAL, bytes, i * rowBytes);
            }
        });
        return new EncodedTensor(info, new Tensor(codec, info.shape(), bytes));
    }

    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        int columns = Math.toIntExact(info.shape().columns());
        for (int row = 0; row < rows; row++) {
            stored.decode(firstRow + row, 0, target, from + row * columns, columns);
        }
    }

    @Override
    public Optional<Tensor> raw() {
        return Optional.of(stored);
    }

    @Override
    public Optional<MemorySegment> rawRow(long row) {
        return Optional.of(stored.data().asSlice(row * stored.rowBytes(), stored.rowBytes()));
    }
}
