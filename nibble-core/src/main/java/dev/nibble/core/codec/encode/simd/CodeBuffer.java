package dev.nibble.core.codec.encode.simd;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** The codes of one block, rounded several at a time; stored as unsigned values from 0. */
public final class CodeBuffer {
    /** The float below 0.5, which added before truncation rounds to nearest; 0.5 itself would round this float to 1. */
    public static final float ALMOST_HALF = 0x1.fffffep-2f;

    private final int min;
    private final int max;
    private final int[] codes;
    private final byte[] bytes;

    CodeBuffer(int count, int min, int max) {
        this.min = min;
        this.max = max;
        this.codes = new int[count];
        this.bytes = new byte[count];
    }

    /** Rounds {@code (number + add) / divisor}. */
    void divide(float[] numbers, int from, int at, int count, float add, float divisor) {
        for (int i = 0; i < count; i += GroupLanes.COUNT) {
            FloatVector number = FloatVector.fromArray(GroupLanes.FLOATS, numbers, from + i);
            GroupLanes.round(number.add(add).div(divisor), min, max).sub(min).intoArray(codes, at + i);
        }
    }

    /** Rounds {@code factor × (number − subtract)}. */
    void multiply(float[] numbers, int from, int at, int count, float subtract, float factor) {
        for (int i = 0; i < count; i += GroupLanes.COUNT) {
            FloatVector number = FloatVector.fromArray(GroupLanes.FLOATS, numbers, from + i);
            GroupLanes.round(number.sub(subtract).mul(factor), min, max).sub(min).intoArray(codes, at + i);
        }
    }

    /** Rounds {@code factor × number} with ties away from zero, and stores it with its sign; for products far below 2^23. */
    void multiplyAwayFromZero(float[] numbers, int from, int count, float factor) {
        for (int i = 0; i < count; i++) {
            float product = numbers[from + i] * factor;
            codes[i] = Math.max(-127, Math.min((int) (product + Math.copySign(ALMOST_HALF, product)), 127));
        }
    }

    /** Stores {@code (int) ((number − subtract) × factor + add)}, from 0 to {@code limit}: how ggml rounds its small blocks. */
    void truncate(float[] numbers, int from, int count, float subtract, float factor, float add, int limit) {
        for (int i = 0; i < count; i++) {
            codes[i] = Math.max(0, Math.min((int) ((numbers[from + i] - subtract) * factor + add), limit));
        }
    }

    /** One bit of each of the first 32 codes, the first code's in the lowest bit. */
    int bits(int bit) {
        int bits = 0;
        for (int i = 0; i < 32; i++) {
            bits |= (codes[i] >> bit & 1) << i;
        }
        return bits;
    }

    void set(int at, int stored) {
        codes[at] = stored;
    }

    void fill(int at, int count, int stored) {
        Arrays.fill(codes, at, at + count, stored);
    }

    byte[] bytes() {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) codes[i];
        }
        return bytes;
    }
}
