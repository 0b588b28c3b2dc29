package dev.nibble.core.backend;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Codec;
import java.util.stream.Stream;

/** Codecs that backends are tested with: all of the list, and some of every family. */
final class TestedCodecs {
    private TestedCodecs() {}

    static Stream<Codec> all() {
        Stream<Codec> affine = Stream.of("INT1-G32", "INT2-G64", "INT3-G32", "INT4-G128", "INT5-G64", "INT6-G96", "INT7-G32", "INT8-G64",
                "INT4-G256-BF16", "INT4-G32-F32", "INT4-G48", "UINT2-G32-Z", "UINT3-G128-Z", "UINT4-G128-Z", "UINT8-G32-Z", "UINT4-G64-ZF",
                "UINT3-G32-ZF-F32", "UINT8-G64-ZF-BF16", "INT4-G1024").map(name -> GroupAffine.named(name).orElseThrow());
        Stream<Codec> levels = Stream.of("NF4-B64", "FP4-B32", "INT8-B256", "FP8-B128", "NF4-B48").map(
                name -> ScaledLevels.named(name).orElseThrow());
        return Stream.concat(Codecs.ALL.stream(), Stream.concat(affine, levels));
    }
}
