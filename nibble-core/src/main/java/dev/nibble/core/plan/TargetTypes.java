package dev.nibble.core.plan;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Types for single tensors of a GGUF file; integers and 8-bit floats are not for weights there. */
public final class TargetTypes {
    public static final List<Codec> ALL = Codecs.ALL.stream()
            .filter(codec -> codec.ggufType().isPresent())
            .filter(codec -> codec.blockSize() > 1 || List.of(Plain.F32, Plain.F16, Plain.BF16).contains(codec)).toList();

    private TargetTypes() {}

    /** @throws UnsupportedException if there is no such type, in any case */
    public static Codec named(String name) {
        String wanted = name.toUpperCase(Locale.ROOT);
        return ALL.stream().filter(codec -> codec.name().equals(wanted)).findFirst().orElseThrow(() -> new UnsupportedException(
                "unknown type " + name + " for a tensor" + hint(wanted) + "; there are "
                        + ALL.stream().map(Codec::name).collect(Collectors.joining(", "))));
    }

    private static String hint(String wanted) {
        return FileTypes.ALL.stream().filter(fileType -> fileType.name().equals(wanted)).findFirst()
                .map(fileType -> " (it is a file type for whole models; its base is " + fileType.base().name() + ")").orElse("");
    }
}
