package dev.nibble.core.checkpoint.layout;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.List;

/** A quantized weight in a file: checked, not yet read. */
public interface StoredWeight {
    /** The codec it will have when it is read. */
    Codec codec();

    /** Outputs × inputs. */
    Shape shape();

    /** Whether its input or product has to go through something: what {@link Weight#inputTransforms} and the others will say. */
    boolean isTransformed();

    /** Puts its bytes into the order of its codec. */
    Weight read(Arena arena);

    /** What is odd about it, one line each. */
    default List<String> warnings() {
        return List.of();
    }
}
