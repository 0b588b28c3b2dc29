package dev.nibble.core.recipe;

import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** The schemes of compressed-tensors by name: bits of weights (W), bits of inputs (A). Listing a scheme here makes it known. */
public final class Schemes {
    private static final int WHOLE_ROW = -1;
    private static final String INPUTS_KEPT = "inputs are not quantized, so programs read it as MXFP4A16";

    // @formatter:off
    public static final List<Scheme> ALL = List.of(
            integers("W4A16", 4, 128, true, WeightFormat.COMPRESSED_TENSORS),
            integers("W4A16_ASYM", 4, 128, false, WeightFormat.COMPRESSED_TENSORS),
            integers("W8A16", 8, WHOLE_ROW, true, WeightFormat.COMPRESSED_TENSORS),
            integers("W8A8", 8, WHOLE_ROW, true, WeightFormat.W8A8),
            integers("INT8", 8, WHOLE_ROW, true, WeightFormat.W8A8),
            integers("W8A8_STATIC", 8, WHOLE_ROW, true, WeightFormat.W8A8_STATIC),
            floats("FP8_DYNAMIC", 8, WeightFormat.FP8_ROWS, ""),
            floats("FP8_BLOCK", 8, WeightFormat.FP8_BLOCKS, ""),
            floats("NVFP4A16", 4, WeightFormat.NVFP4_PACKED, ""),
            floats("MXFP4A16", 4, WeightFormat.MXFP4_PACKED, ""),
            floats("MXFP4", 4, WeightFormat.MXFP4_PACKED, INPUTS_KEPT));
    // @formatter:on

    /** Schemes that Nibble does not write, with the reason. */
    private static final Map<String, String> REFUSED = Map.of(
            "FP8",
            "it rounds the inputs of every layer to FP8 under one static scale, which Nibble does not compute with; take FP8_DYNAMIC,"
                    + " whose inputs get scales as they come, or W8A8_STATIC, whose inputs are integers under a static scale",
            "NVFP4", "it rounds inputs to 4 bits under a static scale of each layer, which Nibble does not compute with; take NVFP4A16",
            "W4A8", "no format of 4-bit weights with 8-bit inputs is read alike by all programs; take W4A16 or W8A8",
            "W4AFP8", "it rounds inputs to FP8, with 4-bit weights; take W4A16 or FP8_DYNAMIC",
            "MXFP8", "Nibble has no FP8 under powers of two; take FP8_BLOCK or FP8_DYNAMIC",
            "MXFP8A16", "Nibble has no FP8 under powers of two; take FP8_BLOCK or FP8_DYNAMIC");

    private Schemes() {}

    private static Scheme integers(String name, int bits, int group, boolean symmetric, WeightFormat format) {
        return new Scheme(name, bits, OptionalInt.of(group), symmetric, format, "");
    }

    private static Scheme floats(String name, int bits, WeightFormat format, String note) {
        return new Scheme(name, bits, OptionalInt.empty(), true, format, note);
    }

    /** @throws UnsupportedException if there is no such scheme, in any case, or Nibble does not write it */
    public static Scheme named(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        if (REFUSED.containsKey(upper)) {
            throw new UnsupportedException("scheme " + upper + " is not written: " + REFUSED.get(upper));
        }
        return ALL.stream().filter(scheme -> scheme.name().equals(upper)).findFirst().orElseThrow(() -> new UnsupportedException(
                "no scheme " + name + "; there are " + ALL.stream().map(Scheme::name).collect(Collectors.joining(", "))));
    }
}
