package dev.nibble.core.backend.x86.format;

import dev.nibble.core.codec.E8P;
import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.codec.IQ1_M;
import dev.nibble.core.codec.IQ1_S;
import dev.nibble.core.codec.IQ2_S;
import dev.nibble.core.codec.IQ2_XS;
import dev.nibble.core.codec.IQ2_XXS;
import dev.nibble.core.codec.IQ3_S;
import dev.nibble.core.codec.IQ3_XXS;
import dev.nibble.core.codec.IQ4_NL;
import dev.nibble.core.codec.IQ4_XS;
import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.codec.NonLinearLevels;
import dev.nibble.core.codec.Q1_0;
import dev.nibble.core.codec.Q2_0;
import dev.nibble.core.codec.Q2_K;
import dev.nibble.core.codec.Q3_K;
import dev.nibble.core.codec.Q4_0;
import dev.nibble.core.codec.Q4_1;
import dev.nibble.core.codec.Q4_K;
import dev.nibble.core.codec.Q5_0;
import dev.nibble.core.codec.Q5_1;
import dev.nibble.core.codec.Q5_K;
import dev.nibble.core.codec.Q6_K;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.codec.TQ1_0;
import dev.nibble.core.codec.TQ2_0;
import dev.nibble.core.tensor.Codec;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The formats with kernels: GGUF types in a list, group codecs as families. */
public final class RowFormats {
    /** The levels of IQ4_NL and IQ4_XS, + 128. */
    private static final List<Integer> LEVELS = IntStream.range(0, 16).map(code -> (int) NonLinearLevels.level(code) + 128).boxed()
            .toList();

    /** The formats of GGUF types. */
    public static final List<RowFormat> ALL = List.of(
    // @formatter:off
            SmallBlock.nibbles(Q4_0.Q4_0, 8),
            SmallBlock.nibbles(Q4_1.Q4_1, 0).withMinimum(),
            SmallBlock.nibbles(Q5_0.Q5_0, 16).withFifthBits(),
            SmallBlock.nibbles(Q5_1.Q5_1, 0).withMinimum().withFifthBits(),
            SmallBlock.signedBytes(Q8_0.Q8_0),
            SmallBlock.nibbles(IQ4_NL.IQ4_NL, 128).withLevels(LEVELS),
            new TwoBitK(Q2_K.Q2_K),
            new ThreeBitK(Q3_K.Q3_K),
            new FourFiveBitK(Q4_K.Q4_K, -1),
            new FourFiveBitK(Q5_K.Q5_K, 16),
            new SixBitK(Q6_K.Q6_K),
            new LevelSuperBlock(IQ4_XS.IQ4_XS, LEVELS),
            new Lattice(IQ2_XXS.IQ2_XXS, 43, IQ2_XXS.POINTS_AT, -1, IQ2_XXS.SIGNS_AT, IQ2_XXS.SIGNS_AT, 8, Lattice.Encoding.WORDS),
            new Lattice(IQ2_XS.IQ2_XS, 43, IQ2_XS.POINTS_AT, -1, -1, IQ2_XS.STEPS_AT, 8, Lattice.Encoding.PAIRS),
            new Lattice(IQ2_S.IQ2_S, 43, IQ2_S.POINTS_AT, IQ2_S.HIGH_BITS_AT, IQ2_S.SIGNS_AT, IQ2_S.STEPS_AT, 8, Lattice.Encoding.SEPARATE),
            new Lattice(IQ3_XXS.IQ3_XXS, 62, IQ3_XXS.POINTS_AT, -1, IQ3_XXS.SIGNS_AT, IQ3_XXS.SIGNS_AT, 4, Lattice.Encoding.WORDS),
            new Lattice(IQ3_S.IQ3_S, 15, IQ3_S.POINTS_AT, IQ3_S.HIGH_BITS_AT, IQ3_S.SIGNS_AT, IQ3_S.STEPS_AT, 1, Lattice.Encoding.SEPARATE),
            new Ternary(IQ1_S.IQ1_S, false),
            new Ternary(IQ1_M.IQ1_M, true),
            new Trits(TQ1_0.TQ1_0),
            new TernaryPlanes(TQ2_0.TQ2_0),
            new TwoBitStream(Q2_0.Q2_0),
            new SignBits(Q1_0.Q1_0),
            new Mxfp4RowFormat(MXFP4.MXFP4),
            new Nvfp4RowFormat(NVFP4.NVFP4));
    // @formatter:on

    private RowFormats() {}

    /** The format of a codec. */
    public static Optional<RowFormat> of(Codec codec) {
        return switch (codec) {
            case GroupCodec group -> Grouped.of(group);
            case E8P points -> E8PRowFormat.of(points);
            default -> ALL.stream().filter(format -> format.codec().equals(codec)).findFirst();
        };
    }
}
