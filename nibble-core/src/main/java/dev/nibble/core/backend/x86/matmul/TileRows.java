package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.backend.x86.memory.Buffers;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;

/** Converts rows of a weight to {@link AmxTiles}. */
@FunctionalInterface
public interface TileRows {
    /** Writes the sixteen rows from {@code first} on. */
    void unpack(int first, MemorySegment tiles);

    /** Whether rows of a weight are BF16 and can be copied. */
    static boolean areBfloats(Tensor weight) {
        return weight.codec() == Plain.BF16 && weight.columns() % AmxTiles.COLUMNS == 0;
    }

    /** Rows of codes, first unpacked into a panel. */
    static TileRows ofCodes(Tensor weight, RowFormat format, MatMulKernels kernels, Buffers buffers) {
        Panel form = Panel.of(format);
        long subBlocks = weight.columns() / RowFormat.SUB_BLOCK;
        Assembled toCodes = kernels.panel(format);
        Assembled toTiles = kernels.bfloatPanel(format);
        return (first, tiles) -> {
            MemorySegment panel = buffers.acquire(subBlocks * form.stride());
            Panel.unpack(toCodes.get(), weight, first, panel);
            toTiles.get().call(panel, tiles, tiles, subBlocks, 0, 0);
            buffers.release(panel);
        };
    }

    /** Rows of BF16 values. */
    static TileRows ofBfloats(Tensor weight, MatMulKernels kernels) {
        Assembled toTiles = kernels.bfloatRows();
        return (first, tiles) -> {
            Kernel kernel = toTiles.get();
            for (int half = 0; half < AmxTiles.ROWS / Rows.COUNT; half++) {
                MemorySegment rows = weight.data().asSlice((first + half * Rows.COUNT) * weight.rowBytes(), Rows.COUNT * weight.rowBytes());
                kernel.call(rows, tiles.asSlice((long) half * AmxTiles.LINE / 2), tiles, 0, weight.rowBytes(),
                        weight.columns() / AmxTiles.COLUMNS);
            }
        };
    }
}
