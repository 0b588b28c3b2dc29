package dev.nibble.core.x86.assembler;

import java.util.Arrays;

/** Constants of 256 bits beside the code. */
public final class Constants {
    private static final int LANES = 8;

    private Constants() {}

    public static Mem ints(Assembler code, int... values) {
        byte[] bytes = new byte[values.length * Integer.BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i / Integer.BYTES] >> 8 * (i % Integer.BYTES));
        }
        return code.constant(bytes);
    }

    /** The same 32 bits in every lane. */
    public static Mem repeated(Assembler code, int value) {
        int[] values = new int[LANES];
        Arrays.fill(values, value);
        return ints(code, values);
    }

    public static Mem repeated(Assembler code, float value) {
        return repeated(code, Float.floatToRawIntBits(value));
    }
}
