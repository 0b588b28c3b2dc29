package dev.nibble.core.codec.simd;

import dev.nibble.core.tensor.Codec;

/** Chooses how rows are encoded: with vectors where this codec has such a version and this JVM the vector module, else plainly. */
public final class RowEncoders {
    private static final boolean VECTORS = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    /** Vector code takes the JVM a second or two to compile; plain code has done this many numbers by then. */
    private static final long FEW = 1 << 25;

    private RowEncoders() {}

    /** The one that will be done first with {@code numbers} numbers in all, starting in a cold JVM. */
    public static RowEncoder of(Codec codec, long numbers) {
        return numbers < FEW ? plain(codec) : of(codec);
    }

    /** The fastest there is, once it is compiled. */
    public static RowEncoder of(Codec codec) {
        return VECTORS ? LaneEncoders.of(codec).orElseGet(() -> plain(codec)) : plain(codec);
    }

    /** The codec's own encoding, which the others must equal. */
    public static RowEncoder plain(Codec codec) {
        return codec::encode;
    }
}
