package dev.nibble.core.backend;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.E8P;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.OffsetGroups;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.Stream;

/** Codecs that backends are tested with: the whole list, and some of every family. */
final class TestedCodecs {
    private TestedCodecs() {}

    static Stream<Codec> all() {
        Stream<Codec> affine = Stream.of("INT1-G32", "INT2-G64", "INT3-G32", "INT4-G128", "INT5-G64", "INT6-G96", "INT7-G32", "INT8-G64",
                "INT4-G256-BF16", "INT4-G32-F32", "INT4-G48", "UINT2-G32-Z", "UINT3-G128-Z", "UINT4-G128-Z", "UINT8-G32-Z", "UINT4-G64-ZF",
                "UINT3-G32-ZF-F32", "UINT8-G64-ZF-BF16", "INT4-G1024").map(name -> GroupAffine.named(name).orElseThrow());
        Stream<Codec> levels = Stream.of("NF4-B64", "FP4-B32", "INT8-B256", "FP8-B128", "NF4-B48").map(
                name -> ScaledLevels.named(name).orElseThrow());
        Stream<Codec> offsets = Stream.of(new OffsetGroups(4, 128, ScaleFormat.F16), new OffsetGroups(8, 32, ScaleFormat.BF16),
                new OffsetGroups(3, 64, ScaleFormat.F32), new OffsetGroups(4, 48, ScaleFormat.F16));
        Stream<Codec> points = Stream.of(new E8P(256), new E8P(32), new E8P(40));
        Stream<Codec> learned = Stream.of(additive("AQLM-2x8-G64"), additive("AQLM-3x4-G8"), additive("AQLM-1x11-G96"), vectorsOfFloats());
        return Stream.of(Codecs.ALL.stream(), affine, levels, offsets, points, learned).flatMap(some -> some);
    }

    /** AQLM codecs with random vectors. */
    private static Codec additive(String name) {
        AdditiveCodes shape = AdditiveCodes.named(name).orElseThrow();
        return shape.with(random(shape.books() * AdditiveCodes.DIMENSION << shape.bits()));
    }

    private static Codec vectorsOfFloats() {
        return new AdditiveCodes(2, 6, 32, MemorySegment.ofArray(random(2 * AdditiveCodes.DIMENSION << 6)));
    }

    private static float[] random(int count) {
        float[] numbers = new float[count];
        Random random = new Random(count);
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian() / 2;
        }
        return numbers;
    }
}
