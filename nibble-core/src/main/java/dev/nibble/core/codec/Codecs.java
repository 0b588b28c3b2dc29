package dev.nibble.core.codec;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.tensor.Codec;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Every codec. Being listed here is what makes one readable, writable, tested and offered to the user. */
public final class Codecs {
    public static final List<Codec> ALL = List.of(Q8_0.Q8_0, Q2_K.Q2_K, Q3_K.Q3_K, Q4_K.Q4_K, Q5_K.Q5_K, Q6_K.Q6_K);

    private Codecs() {}

    /** @throws UnsupportedException if there is none of that name, in whatever case */
    public static Codec named(String name) {
        return ALL.stream().filter(codec -> codec.name().equals(name.toUpperCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new UnsupportedException("no type " + name + "; there are "
                        + ALL.stream().map(Codec::name).collect(Collectors.joining(", "))));
    }

    /** The codec that GGUF files know by this number. */
    public static Optional<Codec> ofGgufType(int type) {
        return ALL.stream().filter(codec -> codec.ggufType().orElse(-1) == type).findFirst();
    }
}
