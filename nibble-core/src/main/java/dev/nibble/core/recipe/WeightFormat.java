package dev.nibble.core.recipe;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.E8P;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.layout.WeightLayout;
import dev.nibble.core.layout.WeightLayouts;
import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.SquareBlocks;
import dev.nibble.core.quantization.StaticActivationScales;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.OptionalInt;

/** Storage formats of quantized directories: a layout and its type of codes. */
public enum WeightFormat {
    // @formatter:off
    GPTQ("gptq", "2, 3, 4, 8", true),
    GPTQ_V2("gptq-v2", "2, 3, 4, 8", true),
    AWQ("awq", "4", false),
    HQQ("hqq", "1, 2, 3, 4, 8", false),
    COMPRESSED_TENSORS("compressed-tensors", "4, 8", true),
    W8A8("w8a8", "8", false),
    W8A8_STATIC("w8a8-static", "8", false),
    FP8("fp8", "8", false),
    FP8_ROWS("fp8-dynamic", "8", false),
    FP8_BLOCKS("fp8-block", "8", false),
    NVFP4_PACKED("compressed-tensors", "4", false),
    NVFP4_MODELOPT("modelopt", "4", false),
    MXFP4_PACKED("compressed-tensors", "4", false),
    NF4("bitsandbytes", "4", false),
    FP4("bitsandbytes", "4", false),
    LLM_INT8("bitsandbytes", "8", false),
    QUIP("quip", "2", false),
    AQLM("aqlm", "2", false);
    // @formatter:on

    private static final int SIDE = 128; // of FP8's blocks
    private static final int AQLM_BOOKS = 2;
    private static final int AQLM_BITS = 8; // per code of eight values

    private final String layout;
    private final String bits;
    private final boolean reorders;

    WeightFormat(String layout, String bits, boolean reorders) {
        this.layout = layout;
        this.bits = bits;
        this.reorders = reorders;
    }

    /** Whether weights may have reordered columns (act-order). */
    public boolean reorders() {
        return reorders;
    }

    /** Whether a scale always applies to a whole row. */
    boolean wholeRows() {
        return this == LLM_INT8 || this == W8A8 || this == W8A8_STATIC || this == FP8_ROWS || this == QUIP || this == AQLM;
    }

    /** Values per scale, if fixed by the format. */
    OptionalInt fixedGroup() {
        return switch (this) {
            case NVFP4_PACKED, NVFP4_MODELOPT -> OptionalInt.of(NVFP4.NVFP4.blockSize());
            case MXFP4_PACKED -> OptionalInt.of(MXFP4.MXFP4.blockSize());
            case FP8_BLOCKS -> OptionalInt.of(SIDE);
            default -> OptionalInt.empty();
        };
    }

    /** An algorithm adapted to this format. */
    public Quantizer around(Quantizer quantizer) {
        return switch (this) {
            case FP8_BLOCKS -> new SquareBlocks(quantizer, SIDE);
            case W8A8_STATIC -> new StaticActivationScales(quantizer);
            default -> quantizer;
        };
    }

    /** Whether each layer's inputs have a static scale found by calibration. */
    public boolean hasStaticInputs() {
        return this == W8A8_STATIC;
    }

    /** The reason why a scaling of inputs does not fit this format, or an empty text. */
    String unsupportedReason(ActivationScaling scaling) {
        boolean searched = scaling == ActivationScaling.ACTIVATION_AWARE;
        return searched && fixedGroup().isPresent() && this != MXFP4_PACKED
                ? "AWQ's search tries each row's own scales, and this format has scales that are shared"
                : "";
    }

    public WeightLayout layout() {
        return WeightLayouts.named(layout);
    }

    /** @throws UnsupportedException if it does not support this many bits */
    void check(int count) {
        if (!List.of(bits.split(", ")).contains(Integer.toString(count))) {
            throw new UnsupportedException(Advice.of("the format %s holds codes of %s bits, not of %s; take other %s or another %s", layout,
                    bits, count, Setting.BITS.any(), Setting.FORMAT.any()));
        }
    }

    /** @throws UnsupportedException if it does not support this many bits */
    Codec codec(int count, int group, boolean symmetric) {
        check(count);
        return switch (this) {
            case GPTQ, GPTQ_V2, AWQ, COMPRESSED_TENSORS, W8A8, W8A8_STATIC -> GroupAffine.of(count, group,
                    symmetric ? GroupAffine.Zero.NONE : GroupAffine.Zero.INTEGER);
            case HQQ -> GroupAffine.of(count, group, GroupAffine.Zero.FLOAT);
            case FP8, FP8_ROWS, FP8_BLOCKS -> new ScaledLevels(LevelTable.FP8, group);
            case NVFP4_PACKED, NVFP4_MODELOPT -> NVFP4.NVFP4;
            case MXFP4_PACKED -> MXFP4.MXFP4;
            case NF4 -> new ScaledLevels(LevelTable.NF4, group);
            case FP4 -> new ScaledLevels(LevelTable.FP4, group);
            case LLM_INT8 -> new ScaledLevels(LevelTable.INT8, group);
            case QUIP -> new E8P(group);
            case AQLM -> AdditiveCodes.unlearned(AQLM_BOOKS, AQLM_BITS, group);
        };
    }

    /** The format with that name for this many bits; {@code bnb} is bitsandbytes, NF4 or LLM.int8() depending on the bits. */
    public static WeightFormat named(String name, int count) {
        return switch (name) {
            case "gptq" -> GPTQ;
            case "gptq-v2" -> GPTQ_V2;
            case "awq" -> AWQ;
            case "hqq" -> HQQ;
            case "compressed-tensors" -> COMPRESSED_TENSORS;
            case "w8a8" -> W8A8;
            case "w8a8-static" -> W8A8_STATIC;
            case "fp8" -> FP8;
            case "fp8-dynamic" -> FP8_ROWS;
            case "fp8-block" -> FP8_BLOCKS;
            case "modelopt" -> NVFP4_MODELOPT;
            case "quip" -> QUIP;
            case "aqlm" -> AQLM;
            case "bnb", "bitsandbytes" -> count == 8 ? LLM_INT8 : NF4;
            default -> throw new UnsupportedException(
                    "no format " + name + "; there are gptq, gptq-v2, awq, bnb, hqq, compressed-tensors, w8a8, w8a8-static, fp8,"
                            + " fp8-dynamic, fp8-block, modelopt, quip, aqlm, gguf");
        };
    }
}
