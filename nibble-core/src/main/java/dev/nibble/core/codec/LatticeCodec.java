package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.util.function.Function;

/** A type whose vectors are points of a grid. Nearly all of encoding is the search for near points, so that can be replaced. */
public interface LatticeCodec extends Codec {
    /** {@link Codec#fit} with room to work in; not thread-safe. */
    @FunctionalInterface
    interface Fitter {
        Block fit(float[] numbers, int from, Importance importance);
    }

    /** Fits blocks with this way to find near points. */
    Fitter fitter(Function<GridSearch, GridSearch.Nearest> nearest);

    /** The coordinates of all points, one after the other. Not to be changed. */
    float[] coordinates();

    @Override
    default Block fit(float[] numbers, int from, Importance importance) {
        return fitter(GridSearch::plain).fit(numbers, from, importance);
    }
}
