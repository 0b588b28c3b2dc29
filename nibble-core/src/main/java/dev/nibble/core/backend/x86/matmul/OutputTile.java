package dev.nibble.core.backend.x86.matmul;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.nibble.core.backend.x86.memory.Buffers;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;

/**
 * Sums of some columns as kernels write them: a line per token.
 *
 * @param copying kernel that copies {@code width} values
 * @param width values per line
 */
record OutputTile(Assembled copying, int width) {
    OutputTile(MatMulKernels kernels, int width) {
        this(kernels.copying(width), width);
    }

    /** Memory for the lines of some tokens. */
    MemorySegment acquire(Buffers buffers, int tokens) {
        return buffers.acquire((long) tokens * width * Float.BYTES);
    }

    /** Bytes from one line to the next. */
    long stride() {
        return (long) width * Float.BYTES;
    }

    /** Copies {@code count} values of every line, from value {@code first} on, to columns {@code column} … of y. */
    void copy(MemorySegment sums, int first, int count, Matrix y, int column) {
        if (count == width && first == 0) {
            MemorySegment target = Kernel.part(y.data(), y.at(0) + column, (y.rows() - 1) * y.columns() + width);
            copying.get().callCritical(target, sums, target, y.rows(), (long) y.columns() * Float.BYTES, stride());
            return;
        }
        for (int token = 0; token < y.rows(); token++) {
            MemorySegment.copy(sums, JAVA_FLOAT, token * stride() + (long) first * Float.BYTES, y.data(), y.at(token) + column, count);
        }
    }
}
