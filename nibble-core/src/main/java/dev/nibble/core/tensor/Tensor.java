package dev.nibble.core.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Numbers in some codec; a view, valid as long as the arena or file behind {@code data}.
 *
 * @param data exactly the bytes of the tensor, row after row
 */
public record Tensor(Codec codec, Shape shape, MemorySegment data) {
    public Tensor {
        if (shape.columns() % codec.blockSize() != 0) {
            throw new IllegalArgumentException("rows of " + shape.columns() + " numbers do not fill blocks of " + codec.blockSize() + " ("
                    + codec.name() + ")");
        }
        long expected = codec.bytes(shape.count());
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException(shape + " in " + codec.name() + " takes " + expected + " bytes, got " + data.byteSize());
        }
    }

    public long rows() {
        return shape.rows();
    }

    public long columns() {
        return shape.columns();
    }

    public long rowBytes() {
        return codec.bytes(columns());
    }

    /** Reads {@code count} numbers of row {@code row}, starting at {@code column}; both whole blocks. */
    public void decode(long row, long column, float[] target, int from, int count) {
        codec.decode(data, row * rowBytes() + codec.bytes(column), target, from, count);
    }
}
