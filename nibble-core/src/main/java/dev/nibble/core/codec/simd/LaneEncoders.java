package dev.nibble.core.codec.simd;

import dev.nibble.core.tensor.Codec;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Every encoder that works in lanes. Being listed here is what makes one used and tested against its codec. Needs the vector module. */
final class LaneEncoders {
    static final Map<Codec, Supplier<RowEncoder>> ALL = Map.of();

    private LaneEncoders() {}

    static Optional<RowEncoder> of(Codec codec) {
        return Optional.ofNullable(ALL.get(codec)).map(Supplier::get);
    }
}
