package dev.nibble;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.stream.Collectors;

/** The codecs of the KV cache, by name. */
public final class KvFormat {
    public static final List<Codec> ALL = List.of(Plain.F32, Plain.F16, Q8_0.Q8_0);

    private KvFormat() {}

    /** @throws UnsupportedException if no codec has that name */
    public static Codec named(String name) {
        return ALL.stream().filter(codec -> codec.name().equalsIgnoreCase(name)).findFirst().orElseThrow(() -> new UnsupportedException(
                "no KV cache type " + name + "; expected one of " + ALL.stream().map(Codec::name).collect(Collectors.joining(", "))));
    }
}
