package dev.nibble.core.recipe;

import static dev.nibble.core.codec.IQ4_NL.IQ4_NL;
import static dev.nibble.core.codec.MXFP4.MXFP4;
import static dev.nibble.core.codec.Q4_0.Q4_0;
import static dev.nibble.core.codec.Q5_0.Q5_0;
import static dev.nibble.core.codec.Q5_1.Q5_1;
import static dev.nibble.core.codec.Q8_0.Q8_0;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;

/** What stands in for a codec whose blocks do not fit a row: one of blocks of 32, or F16 if those do not fit either. */
final class RowFallback {
    private RowFallback() {}

    /** {@code wanted} if it fits rows of {@code columns}, or else the codec that llama.cpp would take. */
    static Codec fitting(Codec wanted, long columns) {
        if (columns % wanted.blockSize() == 0) {
            return wanted;
        }
        Codec smaller = smaller(wanted);
        return columns % smaller.blockSize() == 0 ? smaller : Plain.F16;
    }

    private static Codec smaller(Codec wanted) {
        return switch (wanted.name()) {
            case "Q4_K" -> Q5_0;
            case "Q5_K" -> Q5_1;
            case "Q6_K" -> Q8_0;
            case "Q2_K", "Q3_K", "TQ1_0", "TQ2_0", "Q1_0", "Q2_0" -> Q4_0;
            case "NVFP4" -> MXFP4;
            case String other when other.startsWith("IQ") -> IQ4_NL;
            default -> Plain.F16;
        };
    }
}
