package dev.nibble.core.codec.encode;

import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.encode.simd.LaneEncoders;
import dev.nibble.core.codec.encode.x86.X86Encoders;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.machine.Machine;

/** Chooses the row encoder for a codec on this processor and JVM: machine code, the Vector API, or plain code. */
public final class RowEncoders {
    private static final boolean VECTORS = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    /** Numbers that plain code encodes in the second or two that the JVM takes to compile vector code. */
    private static final long FEW = 1 << 25;

    private RowEncoders() {}

    /** The encoder that finishes {@code numbers} numbers in all first, starting in a cold JVM. */
    public static RowEncoder of(Codec codec, long numbers) {
        return Machine.isKnown()
                ? X86Encoders.of(codec, () -> inJava(codec, numbers)).orElseGet(() -> inJava(codec, numbers))
                : inJava(codec, numbers);
    }

    /** The fastest encoder once compiled. */
    public static RowEncoder of(Codec codec) {
        return of(codec, Long.MAX_VALUE);
    }

    private static RowEncoder inJava(Codec codec, long numbers) {
        return VECTORS && numbers >= FEW ? LaneEncoders.of(codec).orElseGet(() -> plain(codec)) : plain(codec);
    }

    /** The codec's own encoding; all others give the same bytes. */
    public static RowEncoder plain(Codec codec) {
        return codec::encode;
    }
}
