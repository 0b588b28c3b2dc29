package dev.nibble.core.quantization;

import dev.nibble.core.UnsupportedException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Every algorithm with its usual settings. Being listed here is what makes one known and tested. */
public final class Quantizers {
    public static final List<Quantizer> ALL = List.of(RoundToNearest.USUAL, Gptq.USUAL, Awq.USUAL, Hqq.USUAL, AutoRound.USUAL,
            Quip.USUAL, Aqlm.USUAL);

    private Quantizers() {}

    /** @throws UnsupportedException if there is none of that name, in whatever case */
    public static Quantizer named(String name) {
        return ALL.stream().filter(quantizer -> quantizer.name().equals(name.toLowerCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new UnsupportedException("no algorithm " + name + "; there are "
                        + ALL.stream().map(Quantizer::name).collect(Collectors.joining(", "))));
    }
}
