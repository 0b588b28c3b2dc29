package dev.nibble.core.layout;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.List;

/** A quantized weight in a file: checked, not yet read. */
public interface StoredWeight {
    /** One of several layers in one module. @param name what is in the place of the last part of the module's name */
    record Layer(String name, long outputs) {}

    /** The codec it will have when it is read. */
    Codec codec();

    /** Outputs × inputs. */
    Shape shape();

    /** Whether its input or product has to go through something: what {@link Weight#inputTransforms} and the others will say. */
    boolean isTransformed();

    /** Puts its bytes into the order of its codec. */
    Weight read(Arena arena);

    /** The layers that are in it, their outputs one below the other; empty if it is one layer. */
    default List<Layer> layers() {
        return List.of();
    }

    /** What is odd about it, one line each. */
    default List<String> warnings() {
        return List.of();
    }
}
