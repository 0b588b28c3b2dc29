package dev.nibble.core.codec.encode;

import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.encode.simd.LaneEncoders;
import dev.nibble.core.codec.encode.x86.X86Encoders;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.machine.Machine;

/** Chooses how rows are encoded: by machine code, with vectors, or plainly; whatever there is for this codec, this processor, and this JVM. */
public final class RowEncoders {
    private static final boolean VECTORS = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    /** Vector code takes the JVM a second or two to compile; plain code has done this many numbers by then. */
    private static final long FEW = 1 << 25;

    private RowEncoders() {}

    /** The one that will be done first with {@code numbers} numbers in all, starting in a cold JVM. */
    public static RowEncoder of(Codec codec, long numbers) {
        return Machine.isKnown()
                ? X86Encoders.of(codec, () -> inJava(codec, numbers)).orElseGet(() -> inJava(codec, numbers))
                : inJava(codec, numbers);
    }

    /** The fastest there is, once it is compiled. */
    public static RowEncoder of(Codec codec) {
        return of(codec, Long.MAX_VALUE);
    }

    private static RowEncoder inJava(Codec codec, long numbers) {
        return VECTORS && numbers >= FEW ? LaneEncoders.of(codec).orElseGet(() -> plain(codec)) : plain(codec);
    }

    /** The codec's own encoding, which the others must equal. */
    public static RowEncoder plain(Codec codec) {
        return codec::encode;
    }
}
