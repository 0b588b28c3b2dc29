package dev.nibble.core.tensor;

import java.util.Arrays;
import java.util.Optional;

/** A number format; its size is in bits, since some formats share a byte. */
public enum DType {
    // @formatter:off
    F64(64, Kind.FLOATING, Double.MAX_VALUE, "F64"),
    F32(32, Kind.FLOATING, Float.MAX_VALUE, "F32"),
    F16(16, Kind.FLOATING, 65504, "F16"),
    BF16(16, Kind.FLOATING, BFloat16.MAX, "BF16"),
    /** {@link Float8}, the FN variant. */
    F8_E4M3(8, Kind.FLOATING, Float8.E4M3_MAX, "F8_E4M3"),
    F8_E5M2(8, Kind.FLOATING, Float8.E5M2_MAX, "F8_E5M2"),
    /** Powers of two: the scales of the MX formats. */
    F8_E8M0(8, Kind.FLOATING, 0x1p127, "F8_E8M0"),
    /** Unsigned: the scales of NVFP4. */
    F8_UE4M3(8, Kind.FLOATING, Float8.E4M3_MAX, null),
    /** {@link Float4}. */
    F4_E2M1(4, Kind.FLOATING, Float4.MAX, "F4"),
    I64(64, Kind.SIGNED, 0x1p63, "I64"),
    I32(32, Kind.SIGNED, Integer.MAX_VALUE, "I32"),
    I16(16, Kind.SIGNED, Short.MAX_VALUE, "I16"),
    I8(8, Kind.SIGNED, Byte.MAX_VALUE, "I8"),
    I4(4, Kind.SIGNED, 7, null),
    U64(64, Kind.UNSIGNED, 0x1p64, "U64"),
    U32(32, Kind.UNSIGNED, 0xFFFFFFFFL, "U32"),
    U16(16, Kind.UNSIGNED, 0xFFFF, "U16"),
    U8(8, Kind.UNSIGNED, 0xFF, "U8"),
    U4(4, Kind.UNSIGNED, 15, null),
    BOOL(8, Kind.BOOL, 1, "BOOL");
    // @formatter:on

    private enum Kind {
        FLOATING, SIGNED, UNSIGNED, BOOL
    }

    private final int bits;
    private final Kind kind;
    private final double max;
    private final String safetensorsName;

    DType(int bits, Kind kind, double max, String safetensorsName) {
        this.bits = bits;
        this.kind = kind;
        this.max = max;
        this.safetensorsName = safetensorsName;
    }

    public int bits() {
        return bits;
    }

    /** Whether it is an integer, signed or not; {@link #BOOL} is none. */
    public boolean isInteger() {
        return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
    }

    /** Whether it has negative numbers. */
    public boolean isSigned() {
        return kind == Kind.SIGNED || (kind == Kind.FLOATING && this != F8_E8M0 && this != F8_UE4M3);
    }

    /** The largest finite number, to the precision of a double: for the 64-bit integers the power of two above it. */
    public double max() {
        return max;
    }

    /** The name in safetensors headers, if it has one there. */
    public Optional<String> safetensorsName() {
        return Optional.ofNullable(safetensorsName);
    }

    /** The format that safetensors headers know by this name. */
    public static Optional<DType> ofSafetensors(String name) {
        return Arrays.stream(values()).filter(type -> name.equals(type.safetensorsName)).findFirst();
    }
}
