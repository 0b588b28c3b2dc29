package dev.nibble.core.codec.simd;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** The codes of one block, rounded several at a time; stored from 0 on. */
final class CodeBuffer {
    private final int least;
    private final int most;
    private final int[] codes;
    private final byte[] bytes;

    CodeBuffer(int count, int least, int most) {
        this.least = least;
        this.most = most;
        this.codes = new int[count];
        this.bytes = new byte[count];
    }

    /** Rounds {@code (number + add) / divisor}. */
    void divide(float[] numbers, int from, int at, int count, float add, float divisor) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector number = FloatVector.fromArray(Lanes.FLOATS, numbers, from + i);
            Lanes.round(number.add(add).div(divisor), least, most).sub(least).intoArray(codes, at + i);
        }
    }

    /** Rounds {@code factor × (number − subtract)}. */
    void multiply(float[] numbers, int from, int at, int count, float subtract, float factor) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector number = FloatVector.fromArray(Lanes.FLOATS, numbers, from + i);
            Lanes.round(number.sub(subtract).mul(factor), least, most).sub(least).intoArray(codes, at + i);
        }
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
