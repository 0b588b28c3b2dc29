package dev.nibble.core.layout;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.List;

/** A quantized weight in a file: checked, but not yet read. */
interface StoredWeight {
    /** One of several layers fused in a module. @param name replaces the last part of the module's name */
    record Layer(String name, long outputs) {}

    /** The codec that the weight is read into. */
    Codec codec();

    /** Outputs × inputs. */
    Shape shape();

    /** Whether input or output has to be transformed ({@link Weight#inputTransforms}). */
    boolean isTransformed();

    /** Repacks the weight into its codec. */
    Weight read(Arena arena);

    /** The layers fused in the weight, their outputs in order; empty if it is one layer. */
    default List<Layer> layers() {
        return List.of();
    }

    /** Warnings about the weight, one line each. */
    default List<String> warnings() {
        return List.of();
    }
}
