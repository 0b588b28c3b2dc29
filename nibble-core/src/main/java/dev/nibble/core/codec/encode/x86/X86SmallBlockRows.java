package dev.nibble.core.codec.encode.x86;

import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Rows of blocks of 32 with an F16 scale, written by {@link SmallBlockKernel}; with importance, which needs a search, by another encoder.
 */
final class X86SmallBlockRows implements RowEncoder {
    private final Codec codec;
    private final Kernel kernel;
    private final boolean searches;
    private final Supplier<RowEncoder> searching;
    private final Staging numbers = new Staging();
    private final Staging blocks = new Staging();

    private Optional<RowEncoder> other = Optional.empty();

    /**
     * @param searches  whether importance leads to a search
     * @param searching the encoder that searches
     */
    X86SmallBlockRows(Codec codec, Kernel kernel, boolean searches, Supplier<RowEncoder> searching) {
        this.codec = codec;
        this.kernel = kernel;
        this.searches = searches;
        this.searching = searching;
    }

    @Override
    public void encode(float[] row, int from, int count, Importance importance, MemorySegment target, long offset) {
        if (searches && !importance.isEqual()) {
            RowEncoder fallback = other.orElseGet(searching);
            other = Optional.of(fallback);
            fallback.encode(row, from, count, importance, target, offset);
            return;
        }
        MemorySegment floats = numbers.copy(row, from, count);
        long bytes = codec.bytes(count);
        kernel.call(floats, blocks.before(target, offset, bytes), floats, count / codec.blockSize(), 0, 0);
        blocks.deliver(target, offset, bytes);
    }
}
