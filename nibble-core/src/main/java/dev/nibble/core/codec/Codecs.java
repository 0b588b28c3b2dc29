package dev.nibble.core.codec;

import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** The list of all codecs. A codec listed here is readable, writable, tested and offered to the user. */
public final class Codecs {
    public static final List<Codec> ALL = List.of(
            // plain numbers
            Plain.F32, Plain.F16, Plain.BF16, Plain.F64, Plain.F8_E4M3, Plain.F8_E5M2, Plain.F8_E8M0, //
            Plain.I8, Plain.I16, Plain.I32, Plain.I64, Plain.U8, Plain.U16, Plain.U32, Plain.U64, Plain.BOOL, //
            // rounded to multiples of a scale
            Q8_0.Q8_0, Q5_1.Q5_1, Q5_0.Q5_0, Q4_1.Q4_1, Q4_0.Q4_0, Q2_0.Q2_0, Q1_0.Q1_0, TQ1_0.TQ1_0, TQ2_0.TQ2_0,
            // super-blocks of groups, whose scales are codes themselves
            Q6_K.Q6_K, Q5_K.Q5_K, Q4_K.Q4_K, Q3_K.Q3_K, Q2_K.Q2_K,
            // non-linear levels
            IQ4_NL.IQ4_NL, IQ4_XS.IQ4_XS,
            // points of a lattice
            IQ3_S.IQ3_S, IQ3_XXS.IQ3_XXS, IQ2_S.IQ2_S, IQ2_XS.IQ2_XS, IQ2_XXS.IQ2_XXS, IQ1_M.IQ1_M, IQ1_S.IQ1_S,
            // small floats under a scale
            MXFP4.MXFP4, NVFP4.NVFP4);

    private Codecs() {}

    /** @throws UnsupportedException if there is none of that name; case is ignored */
    public static Codec named(String name) {
        return ALL.stream().filter(codec -> codec.name().equals(name.toUpperCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new UnsupportedException("no type " + name + "; there are "
                        + ALL.stream().map(Codec::name).collect(Collectors.joining(", "))));
    }

    /** The codec of this type number in GGUF. */
    public static Optional<Codec> ofGgufType(int type) {
        return ALL.stream().filter(codec -> codec.ggufType().equals(OptionalInt.of(type))).findFirst();
    }
}
