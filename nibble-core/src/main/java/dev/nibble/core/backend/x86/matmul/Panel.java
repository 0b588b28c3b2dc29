package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;

/**
 * Memory layout of sixteen rows for products with many tokens: consecutive records of 32 columns.
 *
 * <pre>
 *   uint8  codes[8][16 rows][4]    four adjacent columns of a row; 8-bit codes for AVX2: int8, zero subtracted
 *   float  scale[1 or 2][16]       per 32 columns, or per half
 *   float  minimum[0, 1 or 2][16]
 * </pre>
 */
public record Panel(int scaleCount, boolean minimums) {
    public static final int ROWS = 16;
    static final int LINE = 64;
    static final int STEPS = 8;

    static Panel of(RowFormat format) {
        return new Panel(format.hasScalePer16() ? 2 : 1, format.minimums());
    }

    /** Size of a record, in bytes. */
    int stride() {
        return minimum(scaleCount);
    }

    int scale(int half) {
        return (STEPS + half) * LINE;
    }

    int minimum(int half) {
        return (STEPS + scaleCount + (minimums ? half : 0)) * LINE;
    }

    /** Unpacks the sixteen rows from {@code first} on. @param kernel a {@link PanelKernel} */
    static void unpack(Kernel kernel, Tensor weight, int first, MemorySegment panel) {
        long rowBytes = weight.rowBytes();
        long blocks = weight.columns() / weight.codec().blockSize();
        MemorySegment rows = weight.data().asSlice(first * rowBytes, ROWS * rowBytes);
        MemorySegment next = MemorySegment.ofAddress(rows.address() + ROWS * rowBytes); // may be beyond the weight: it is only prefetched
        kernel.call(rows, panel, next, 0, rowBytes, blocks);
    }
}
