package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/**
 * A type whose vectors are points of a grid, in blocks of 256 numbers. Most of the encoding time is the search for nearest points, so that
 * can be replaced. A codec adds its grid, its byte layout and the rule of its search.
 */
public sealed interface LatticeCodec extends Codec permits IQ1_M, IQ1_S, IQ2_S, IQ2_XS, IQ2_XXS, IQ3_S, IQ3_XXS {
    /** Numbers in a block. */
    int SIZE = 256;

    /** {@link Codec#fit} with buffers of its own; not thread-safe. */
    @FunctionalInterface
    interface Fitter {
        Block fit(float[] numbers, int from, Importance importance);
    }

    /** A block that can also be read and decoded. */
    abstract class Opened implements Block {
        Opened() {}

        abstract void read(MemorySegment source, long offset);

        abstract void decode(float[] target, int from);
    }

    /** An empty block. */
    Opened open();

    /** A fitter with the given search for nearest points. */
    Fitter fitter(Function<GridSearch, GridSearch.Nearest> nearest);

    /** The coordinates of all points, one after another. Must not be modified. */
    float[] coordinates();

    /** Coordinates of a point. */
    default int vector() {
        return 8;
    }

    @Override
    default int dimension() {
        return open().dimension();
    }

    @Override
    default int blockSize() {
        return SIZE;
    }

    @Override
    default boolean needsImportance() {
        return true;
    }

    @Override
    default boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset);
    }

    @Override
    default void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        Opened block = open();
        long position = offset;
        for (int i = from; i < from + count; i += SIZE) {
            block.read(source, position);
            block.decode(target, i);
            position += blockBytes();
        }
    }

    @Override
    default Block fit(float[] numbers, int from, Importance importance) {
        return fitter(GridSearch::plain).fit(numbers, from, importance);
    }
}
