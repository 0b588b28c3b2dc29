package dev.nibble.core.layout;

import static dev.nibble.core.tensor.LittleEndian.INT;
import static dev.nibble.core.tensor.LittleEndian.LONG;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Collects the stored tensors of one module in the order announced by its layout. */
final class ComponentWriter {
    private final List<TensorInfo> parts;
    private final List<MemorySegment> data;
    private final CheckpointWriter file;

    ComponentWriter(List<TensorInfo> parts, Arena arena, CheckpointWriter file) {
        this.parts = parts;
        this.data = parts.stream().map(part -> arena.allocate(part.bytes(), Long.BYTES)).toList();
        this.file = file;
    }

    MemorySegment bytes(int part) {
        return data.get(part);
    }

    /** A matrix of 32-bit words. */
    PackedInts words(int part) {
        TensorInfo info = parts.get(part);
        return new PackedInts(data.get(part), Math.toIntExact(info.shape().rows()), Math.toIntExact(info.shape().columns()));
    }

    void scale(int part, ScaleFormat format, long index, float number) {
        format.write(data.get(part), index * format.bytes(), number);
    }

    void integers(int part, int... numbers) {
        for (int i = 0; i < numbers.length; i++) {
            data.get(part).set(INT, Integer.BYTES * (long) i, numbers[i]);
        }
    }

    void longs(int part, long... numbers) {
        for (int i = 0; i < numbers.length; i++) {
            data.get(part).set(LONG, Long.BYTES * (long) i, numbers[i]);
        }
    }

    void bytes(int part, long at, byte[] bytes) {
        MemorySegment.copy(bytes, 0, data.get(part), JAVA_BYTE, at, bytes.length);
    }

    void write() throws IOException {
        for (int i = 0; i < parts.size(); i++) {
            file.write(parts.get(i).name(), 0, data.get(i));
        }
    }
}
