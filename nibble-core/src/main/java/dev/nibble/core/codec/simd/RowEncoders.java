package dev.nibble.core.codec.simd;

import dev.nibble.core.tensor.Codec;

/** Chooses how rows are encoded: with vectors where this codec has such a version and this JVM the vector module, else plainly. */
public final class RowEncoders {
    private static final boolean VECTORS = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private RowEncoders() {}

    /** The fastest there is. */
    public static RowEncoder of(Codec codec) {
        return VECTORS ? LaneEncoders.of(codec).orElseGet(() -> plain(codec)) : plain(codec);
    }

    /** The codec's own encoding, which the others must equal. */
    public static RowEncoder plain(Codec codec) {
        return codec::encode;
    }
}
