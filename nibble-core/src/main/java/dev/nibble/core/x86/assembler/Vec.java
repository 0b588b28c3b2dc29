package dev.nibble.core.x86.assembler;

import java.util.Objects;

/**
 * A vector register at one width.
 *
 * @param number 0 to 31; from 16 on only with AVX-512
 * @param bits   128, 256 or 512
 */
public record Vec(int number, int bits) implements Operand {
    static final int COUNT = 32;

    public Vec {
        Objects.checkIndex(number, COUNT);
        if (bits != 128 && bits != 256 && bits != 512) {
            throw new IllegalArgumentException("a vector of " + bits + " bits");
        }
    }

    public static Vec xmm(int number) {
        return new Vec(number, 128);
    }

    public static Vec ymm(int number) {
        return new Vec(number, 256);
    }

    public static Vec zmm(int number) {
        return new Vec(number, 512);
    }

    /** The same register with another width. */
    public Vec as(int width) {
        return new Vec(number, width);
    }
}
