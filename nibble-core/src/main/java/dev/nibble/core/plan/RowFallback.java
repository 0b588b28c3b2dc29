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
import static dev.nibble.core.codec.Q4_K.Q4_K;
import static dev.nibble.core.codec.Q5_0.Q5_0;
import static dev.nibble.core.codec.Q5_1.Q5_1;
import static dev.nibble.core.codec.Q5_K.Q5_K;
import static dev.nibble.core.codec.Q6_K.Q6_K;
import static dev.nibble.core.codec.Q8_0.Q8_0;
import static dev.nibble.core.codec.TQ1_0.TQ1_0;
import static dev.nibble.core.codec.TQ2_0.TQ2_0;
import static java.util.Map.entry;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import java.util.Map;

/** Substitutes for codecs whose blocks do not fit a row: one with blocks of 32, or F16 if those do not fit either. */
final class RowFallback {
    private static final Map<Codec, Codec> SMALLER = Map.ofEntries(
            entry(Q4_K, Q5_0), entry(Q5_K, Q5_1), entry(Q6_K, Q8_0), entry(NVFP4, MXFP4),
            entry(Q2_K, Q4_0), entry(Q3_K, Q4_0), entry(TQ1_0, Q4_0), entry(TQ2_0, Q4_0), entry(Q1_0, Q4_0), entry(Q2_0, Q4_0),
            entry(IQ4_XS, IQ4_NL), entry(IQ3_S, IQ4_NL), entry(IQ3_XXS, IQ4_NL), entry(IQ2_S, IQ4_NL), entry(IQ2_XS, IQ4_NL),
            entry(IQ2_XXS, IQ4_NL), entry(IQ1_M, IQ4_NL), entry(IQ1_S, IQ4_NL));

    private RowFallback() {}

    /** {@code wanted} if it fits rows of {@code columns}, else llama.cpp's substitute. */
    static Codec fitting(Codec wanted, long columns) {
        if (columns % wanted.blockSize() == 0) {
            return wanted;
        }
        Codec smaller = SMALLER.getOrDefault(wanted, Plain.F16);
        return columns % smaller.blockSize() == 0 ? smaller : Plain.F16;
    }
}
