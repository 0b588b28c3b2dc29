package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;

/**
 * How sixteen rows lie in memory for products with many tokens: one record after the other, each of 32 columns.
 *
 * <pre>
 *   uint8  codes[8][16 rows][4]    four columns of a row side by side; wide ones for AVX2: int8, zero taken off
 *   float  scale[1 or 2][16]       of all 32 columns, or of each half
 *   float  minimum[0, 1 or 2][16]
 * </pre>
 */
public record Panel(int halves, boolean minimums) {
    public static final int ROWS = 16;
    static final int LINE = 64;
    static final int STEPS = 8;

    static Panel of(RowFormat format) {
        return new Panel(format.hasScalePer16() ? 2 : 1, format.minimums());
    }

    /** Bytes of a record. */
    int stride() {
        return minimum(halves);
    }

    int scale(int half) {
        return (STEPS + half) * LINE;
    }

    int minimum(int half) {
        return (STEPS + halves + (minimums ? half : 0)) * LINE;
    }

    /** Brings the sixteen rows from {@code first} on there. @param kernel a {@link PanelKernel} */
    static void unpack(Kernel kernel, Tensor weight, int first, MemorySegment panel) {
        long rowBytes = weight.rowBytes();
        long blocks = weight.columns() / weight.codec().blockSize();
        MemorySegment rows = weight.data().asSlice(first * rowBytes, ROWS * rowBytes);
        MemorySegment next = MemorySegment.ofAddress(rows.address() + ROWS * rowBytes); // may be beyond the weight: it is not read
        kernel.call(rows, panel, next, 0, rowBytes, blocks);
    }
}
