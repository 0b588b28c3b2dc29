package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of a quantized weight, with checks before it is filled. */
record Target(Codec codec, int rows, int columns, MemorySegment data) {
    static Target of(Quantizer quantizer, Matrix weight, Codec codec, Arena arena) {
        check(quantizer, weight, codec);
        long bytes = codec.bytes((long) weight.rows() * weight.columns());
        return new Target(codec, weight.rows(), weight.columns(), arena.allocate(bytes, Long.BYTES));
    }

    static void check(Quantizer quantizer, Matrix weight, Codec codec) {
        if (weight.columns() % codec.blockSize() != 0) {
            throw new UnsupportedException("rows of " + weight.columns() + " numbers do not fill groups of " + codec.blockSize() + " ("
                    + codec.name() + "): take a group that divides the row, or round this layer to another type");
        }
        String unsupportedReason = quantizer.unsupportedReason(codec);
        if (!unsupportedReason.isEmpty()) {
            throw new UnsupportedException(quantizer.name() + " cannot choose codes of " + codec.name() + ": " + unsupportedReason);
        }
        for (int row = 0; row < weight.rows(); row++) {
            for (int i = 0; i < weight.columns(); i++) {
                float number = weight.data()[weight.at(row) + i];
                if (!Float.isFinite(number)) {
                    throw new UnsupportedException("the weight has " + number + " in row " + row + ", column " + i);
                }
            }
        }
    }

    /** Byte offset of a row. */
    long offset(int row) {
        return row * codec.bytes(columns);
    }

    Tensor tensor() {
        return new Tensor(codec, Shape.of(rows, columns), data);
    }
}
