package dev.nibble.core.plan;

import static dev.nibble.core.codec.IQ1_M.IQ1_M;
import static dev.nibble.core.codec.IQ1_S.IQ1_S;
import static dev.nibble.core.codec.IQ2_S.IQ2_S;
import static dev.nibble.core.codec.IQ2_XS.IQ2_XS;
import static dev.nibble.core.codec.IQ2_XXS.IQ2_XXS;
import static dev.nibble.core.codec.IQ3_S.IQ3_S;
import static dev.nibble.core.codec.IQ3_XXS.IQ3_XXS;
import static dev.nibble.core.codec.IQ4_NL.IQ4_NL;
import static dev.nibble.core.codec.IQ4_XS.IQ4_XS;
import static dev.nibble.core.codec.MXFP4.MXFP4;
import static dev.nibble.core.codec.NVFP4.NVFP4;
import static dev.nibble.core.codec.Q1_0.Q1_0;
import static dev.nibble.core.codec.Q2_0.Q2_0;
import static dev.nibble.core.codec.Q2_K.Q2_K;
import static dev.nibble.core.codec.Q3_K.Q3_K;
import static dev.nibble.core.codec.Q4_0.Q4_0;
import static dev.nibble.core.codec.Q4_1.Q4_1;
import static dev.nibble.core.codec.Q4_K.Q4_K;
import static dev.nibble.core.codec.Q5_0.Q5_0;
import static dev.nibble.core.codec.Q5_1.Q5_1;
import static dev.nibble.core.codec.Q5_K.Q5_K;
import static dev.nibble.core.codec.Q6_K.Q6_K;
import static dev.nibble.core.codec.Q8_0.Q8_0;
import static dev.nibble.core.codec.TQ1_0.TQ1_0;
import static dev.nibble.core.codec.TQ2_0.TQ2_0;
import static dev.nibble.core.plan.TensorRole.ATTENTION_KEY;
import static dev.nibble.core.plan.TensorRole.ATTENTION_OUTPUT;
import static dev.nibble.core.plan.TensorRole.ATTENTION_QKV;
import static dev.nibble.core.plan.TensorRole.ATTENTION_QUERY;
import static dev.nibble.core.plan.TensorRole.ATTENTION_VALUE;
import static dev.nibble.core.plan.TensorRole.FFN_DOWN;
import static dev.nibble.core.plan.TensorRole.FFN_GATE;
import static dev.nibble.core.plan.TensorRole.FFN_UP;
import static dev.nibble.core.plan.TensorRole.OUTPUT;
import static dev.nibble.core.plan.TensorRole.TOKEN_EMBEDDING;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The file types of llama.cpp by name, so that a Q4_K_M file is the same as other tools' Q4_K_M.
 *
 * <p>
 * Rules after {@code llama-quant.cpp} of llama.cpp (August 2026). The output matrix gets Q6_K unless a rule overrides it; rules for {@code
 * ATTENTION_VALUE} also apply to fused query–key–value matrices. {@code ATTENTION_QKV} rules are those of llama.cpp before March 2026, on
 * request ({@link TypeRequest#classicFused}).
 */
public final class FileTypes {
    public static final List<FileType> ALL = List.of(
            new FileType("F32", 0, Plain.F32, "no loss, for reference"),
            new FileType("F16", 1, Plain.F16, "half size, as good as lossless for most models"),
            new FileType("BF16", 32, Plain.BF16, "half size, keeps the range of F32; lossless for models trained in BF16"),
            new FileType("Q8_0", 7, Q8_0, "practically lossless").with(OUTPUT, Q8_0),
            new FileType("Q6_K", 18, Q6_K, "very close to the original"),
            new FileType("Q5_K_M", 17, Q5_K, "little loss, a quarter larger than Q4_K_M")
                    .with(ATTENTION_VALUE, place -> place.isSensitive() ? Q6_K : Q5_K)
                    .with(ATTENTION_QKV, Q6_K)
                    .with(FFN_DOWN, place -> place.isSensitive() ? Q6_K : Q5_K),
            new FileType("Q5_K_S", 16, Q5_K, "little loss, a bit smaller than Q5_K_M"),
            new FileType("Q5_1", 9, Q5_1, "legacy, for old readers; prefer Q5_K_M"),
            new FileType("Q5_0", 8, Q5_0, "legacy, for old readers; prefer Q5_K_S")
                    .with(FFN_DOWN, place -> place.model().importance() && place.inFirst(8) ? Q5_1 : Q5_0),
            new FileType("Q4_K_M", 15, Q4_K, "the common choice: small, fast, good").expertOutputKept()
                    .with(ATTENTION_VALUE, place -> place.isSensitive() ? Q6_K : Q4_K)
                    .with(ATTENTION_QKV, Q5_K)
                    .with(FFN_DOWN, FileTypes::q4kmDown),
            new FileType("Q4_K_S", 14, Q4_K, "a bit smaller than Q4_K_M").expertOutputKept()
                    .with(ATTENTION_VALUE, place -> place.index() < 4 ? Q5_K : Q4_K)
                    .with(FFN_DOWN, place -> place.inFirst(8) && !place.model().isFalcon() ? Q5_K : Q4_K),
            iq4("IQ4_NL", 25, IQ4_NL, "like Q4_K_S with a non-linear grid, for rows of any multiple of 32"),
            iq4("IQ4_XS", 30, IQ4_XS, "smallest of the good four-bit mixes"),
            new FileType("Q4_1", 3, Q4_1, "legacy, for old readers; prefer Q4_K_M"),
            new FileType("Q4_0", 2, Q4_0, "legacy, simplest and fastest four bits")
                    .with(FFN_DOWN, place -> place.model().importance() && place.inFirst(8) ? Q4_1 : Q4_0),
            new FileType("Q3_K_L", 13, Q3_K, "three bits, the best of them")
                    .with(ATTENTION_VALUE, Q5_K)
                    .with(ATTENTION_QKV, Q4_K)
                    .with(ATTENTION_OUTPUT, place -> place.model().isFalcon() ? Q4_K : Q5_K)
                    .with(FFN_DOWN, place -> place.model().isFalcon() ? Q4_K : Q5_K),
            new FileType("Q3_K_M", 12, Q3_K, "three bits, visible loss").expertOutputKept()
                    .with(ATTENTION_VALUE, place -> place.index() < 2 ? Q5_K : Q4_K)
                    .with(ATTENTION_QKV, Q4_K)
                    .with(ATTENTION_OUTPUT, place -> place.model().isFalcon() ? Q3_K : Q4_K)
                    .with(FFN_DOWN, FileTypes::q3kmDown),
            new FileType("Q3_K_S", 11, Q3_K, "three bits, much loss").expertOutputKept(),
            new FileType("IQ3_M", 27, IQ3_S, "three bits with a lattice; an imatrix helps much").expertOutputKept()
                    .with(ATTENTION_VALUE, Q4_K)
                    .with(ATTENTION_QKV, Q4_K)
                    .with(ATTENTION_OUTPUT, place -> place.model().isFalcon() ? IQ3_S : Q4_K)
                    .with(FFN_DOWN, place -> place.inFirst(8) || place.model().hasEightExperts() && place.isSensitive() ? Q4_K : IQ3_S),
            new FileType("IQ3_S", 26, IQ3_S, "a bit smaller than IQ3_M").expertOutputKept()
                    .with(ATTENTION_VALUE, place -> place.hasSmallValues() ? Q4_K : IQ3_S),
            new FileType("IQ3_XS", 22, IQ3_S, "between IQ3_S and IQ3_XXS; an imatrix helps much").expertOutputKept()
                    .with(ATTENTION_VALUE, place -> place.hasSmallValues() ? Q4_K : IQ3_S)
                    .with(ATTENTION_KEY, IQ3_XXS)
                    .with(ATTENTION_QUERY, IQ3_XXS)
                    .with(FFN_GATE, FileTypes::iq3xsMiddle)
                    .with(FFN_UP, FileTypes::iq3xsMiddle),
            new FileType("IQ3_XXS", 23, IQ3_XXS, "smallest three bits; needs an imatrix").expertOutputKept()
                    .with(OUTPUT, Q5_K)
                    .with(TOKEN_EMBEDDING, IQ3_S)
                    .with(ATTENTION_VALUE, place -> place.hasSmallValues() ? Q4_K : place.model().importance() ? IQ3_XXS : IQ3_S)
                    .with(ATTENTION_KEY, IQ2_S)
                    .with(ATTENTION_QUERY, IQ2_S)
                    .with(ATTENTION_OUTPUT, place -> place.model().isFalcon() ? IQ3_XXS : IQ3_S)
                    .with(FFN_DOWN, place -> place.model().importance() ? IQ3_XXS : place.inFirst(8) ? Q4_K : Q3_K),
            new FileType("Q2_K", 10, Q2_K, "two bits, heavy loss; without an imatrix the best of its size").expertOutputKept()
                    .with(ATTENTION_VALUE, place -> place.hasSmallValues() ? Q4_K : Q3_K)
                    .with(ATTENTION_OUTPUT, place -> place.model().isFalcon() ? Q2_K : Q3_K)
                    .with(FFN_DOWN, Q3_K),
            new FileType("Q2_K_S", 21, Q2_K, "a bit smaller than Q2_K; needs an imatrix").importanceNeeded()
                    .with(ATTENTION_VALUE, place -> place.hasSmallValues() ? Q4_K : Q2_K)
                    .with(FFN_DOWN, place -> place.inFirst(8) ? Q4_K : Q2_K),
            lattice("IQ2_M", 29, IQ2_S, IQ3_S, IQ3_S, "two bits and a half; needs an imatrix"),
            lattice("IQ2_S", 28, IQ2_XS, IQ3_S, IQ3_S, "a bit smaller than IQ2_M; needs an imatrix"),
            lattice("IQ2_XS", 20, IQ2_XS, Q2_K, Q2_K, "for models that fit no other way; needs an imatrix"),
            lattice("IQ2_XXS", 19, IQ2_XXS, Q2_K, Q2_K, "for models that fit no other way; needs an imatrix"),
            lattice("IQ1_M", 31, IQ1_M, Q2_K, Q2_K, "for very large models only; needs an imatrix").with(ATTENTION_OUTPUT, IQ2_XXS),
            lattice("IQ1_S", 24, IQ1_S, Q2_K, Q2_K, "for very large models only; needs an imatrix").with(ATTENTION_OUTPUT, IQ2_XXS),
            new FileType("TQ2_0", 37, TQ2_0, "for models trained with ternary weights").with(TOKEN_EMBEDDING, Q4_K),
            new FileType("TQ1_0", 36, TQ1_0, "for models trained with ternary weights, packed tighter").with(TOKEN_EMBEDDING, Q4_K),
            new FileType("Q2_0", 41, Q2_0, "two bits, one scale for 64").with(TOKEN_EMBEDDING, Q4_K),
            new FileType("Q1_0", 40, Q1_0, "for models trained with binary weights"),
            new FileType("MXFP4_MOE", 38, MXFP4, "experts in MXFP4, everything else Q8_0"),
            new FileType("NVFP4", 39, NVFP4, "four-bit floats with a scale for every 16"));

    private FileTypes() {}

    /** @throws UnsupportedException if there is no such type, in any case */
    public static FileType named(String name) {
        String wanted = switch (name.toUpperCase(Locale.ROOT)) {
            case "Q3_K" -> "Q3_K_M";
            case "Q4_K" -> "Q4_K_M";
            case "Q5_K" -> "Q5_K_M";
            case "MXFP4" -> "MXFP4_MOE";
            case String other -> other;
        };
        return ALL.stream().filter(fileType -> fileType.name().equals(wanted)).findFirst()
                .orElseThrow(() -> new UnsupportedException("unknown type " + name + "; there are "
                        + ALL.stream().map(FileType::name).collect(Collectors.joining(", "))));
    }

    private static FileType iq4(String name, int number, Codec base, String purpose) {
        return new FileType(name, number, base, purpose).expertOutputKept()
                .with(ATTENTION_VALUE, place -> place.hasSmallValues() ? Q5_K : base)
                .with(FFN_DOWN, place -> place.inFirst(8) && !place.model().importance() ? Q5_K : base);
    }

    /** Types under three bits: attention values, embedding and the first feed-forward layers get better codecs. */
    private static FileType lattice(String name, int number, Codec base, Codec kept, Codec embedding, String purpose) {
        FileType fileType = new FileType(name, number, base, purpose).veryLowBit()
                .with(OUTPUT, Q5_K)
                .with(TOKEN_EMBEDDING, embedding)
                .with(ATTENTION_VALUE, place -> place.hasSmallValues() || place.model().experts() >= 4 ? Q4_K : kept)
                .with(FFN_DOWN, place -> place.inFirst(8) ? kept : base);
        return kept == IQ3_S ? fileType.with(ATTENTION_OUTPUT, IQ3_S) : fileType;
    }

    private static Codec q4kmDown(FileType.Place place) {
        if (place.model().isFalcon()) {
            return place.inFirst(16) ? Q6_K : place.isSensitive() ? Q5_K : Q4_K;
        }
        return place.isSensitive() ? Q6_K : Q4_K;
    }

    private static Codec q3kmDown(FileType.Place place) {
        if (place.inFirst(16)) {
            return Q5_K;
        }
        return !place.model().isFalcon() || place.isSensitive() ? Q4_K : Q3_K;
    }

    private static Codec iq3xsMiddle(FileType.Place place) {
        return place.index() >= place.count() / 8 && place.index() < 7 * place.count() / 8 ? IQ3_XXS : IQ3_S;
    }
}
