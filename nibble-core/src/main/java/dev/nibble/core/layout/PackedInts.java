package dev.nibble.core.layout;

import static dev.nibble.core.tensor.LittleEndian.INT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.BitStream;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A matrix of 32-bit words packed with codes without gaps, the first in the lowest bits, along its rows or down its columns. Codes of 3, 5,
 * 6 and 7 bits may straddle two words.
 */
record PackedInts(MemorySegment data, int rows, int columns) {
    static final int BITS = 32;

    static PackedInts of(Tensor matrix) {
        return new PackedInts(matrix.data(), Math.toIntExact(matrix.rows()), Math.toIntExact(matrix.columns()));
    }

    /** Number of words that hold {@code count} codes. */
    static int count(long count, int bits) {
        return Math.toIntExact(Math.ceilDiv(count * bits, BITS));
    }

    int at(int row, int column) {
        return data.get(INT, Integer.BYTES * ((long) row * columns + column));
    }

    void at(int row, int column, int word) {
        data.set(INT, Integer.BYTES * ((long) row * columns + column), word);
    }

    /** The first codes of a row. */
    void readAlong(int row, int bits, byte[] codes, int count) {
        byte[] bytes = new byte[BitStream.bytes(count, bits)];
        MemorySegment.copy(data, JAVA_BYTE, Integer.BYTES * (long) row * columns, bytes, 0, bytes.length);
        BitStream.read(bytes, 0, bits, codes, 0, count);
    }

    void writeAlong(int row, int bits, byte[] codes, int count) {
        byte[] bytes = new byte[Integer.BYTES * columns];
        BitStream.write(codes, 0, count, bits, bytes, 0);
        MemorySegment.copy(bytes, 0, data, JAVA_BYTE, Integer.BYTES * (long) row * columns, bytes.length);
    }

    /** The first codes of a column. */
    void readDown(int column, int bits, byte[] codes, int count) {
        byte[] bytes = new byte[Integer.BYTES * rows];
        MemorySegment words = MemorySegment.ofArray(bytes);
        for (int row = 0; row < rows; row++) {
            words.set(INT, Integer.BYTES * (long) row, at(row, column));
        }
        BitStream.read(bytes, 0, bits, codes, 0, count);
    }

    void writeDown(int column, int bits, byte[] codes, int count) {
        byte[] bytes = new byte[Integer.BYTES * rows];
        BitStream.write(codes, 0, count, bits, bytes, 0);
        MemorySegment words = MemorySegment.ofArray(bytes);
        for (int row = 0; row < rows; row++) {
            at(row, column, words.get(INT, Integer.BYTES * (long) row));
        }
    }
}
