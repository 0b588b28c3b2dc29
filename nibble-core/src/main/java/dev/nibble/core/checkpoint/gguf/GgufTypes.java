package dev.nibble.core.checkpoint.gguf;

import java.util.Map;
import java.util.Optional;

/** ggml's type numbers, for error messages about types without a codec. */
final class GgufTypes {
    private static final Map<Integer, String> REMOVED = Map.of(4, "Q4_2", 5, "Q4_3", 31, "Q4_0_4_4", 32, "Q4_0_4_8", 33, "Q4_0_8_8", 36,
            "IQ4_NL_4_4", 37, "IQ4_NL_4_8", 38, "IQ4_NL_8_8");
    private static final String[] NAMES = {"F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K",
        "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64",
        "F64", "IQ1_M", "BF16", "", "", "", "TQ1_0", "TQ2_0", "", "", "", "MXFP4", "NVFP4", "Q1_0", "Q2_0"};

    private GgufTypes() {}

    /** The name of a current type. */
    static Optional<String> name(int type) {
        return type >= 0 && type < NAMES.length && !NAMES[type].isEmpty() ? Optional.of(NAMES[type]) : Optional.empty();
    }

    /** The name of a removed type. */
    static Optional<String> removed(int type) {
        return Optional.ofNullable(REMOVED.get(type));
    }
}
