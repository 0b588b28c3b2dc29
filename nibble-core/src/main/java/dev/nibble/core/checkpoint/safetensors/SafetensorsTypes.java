package dev.nibble.core.checkpoint.safetensors;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.tensor.Codec;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The dtypes of safetensors. Those with a codec have its name. */
public final class SafetensorsTypes {
    /** Order of the official writer, which puts tensors of later types first in a file. */
    public static final List<String> ALL = List.of("BOOL", "F4", "F6_E2M3", "F6_E3M2", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0",
            "F8_E4M3FNUZ",
            "F8_E5M2FNUZ", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "C64", "F64", "I64", "U64");
    private static final Set<String> WITHOUT_CODEC = Set.of("F4", "F6_E2M3", "F6_E3M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64");

    private SafetensorsTypes() {}

    /** Empty if the format knows the name but Nibble has no codec for it. */
    static Optional<Codec> codec(String name) {
        return WITHOUT_CODEC.contains(name)
                ? Optional.empty()
                : Codecs.ALL.stream().filter(codec -> codec.name().equals(name) && codec.blockSize() == 1).findFirst();
    }

    /** Bits per element of types smaller than a byte; 0 for all others. */
    static int subByteBits(String name) {
        return switch (name) {
            case "F4" -> 4;
            case "F6_E2M3", "F6_E3M2" -> 6;
            default -> 0;
        };
    }
}
