package dev.nibble.core.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The inner loops of attention and activations, on plain arrays. Thread-safe. */
public interface Ops {
    /**
     * {@code scores[at + i] = scale · (query · row i)}.
     *
     * @param query {@code size} numbers from {@code from} on
     * @param rows  {@code count × size} numbers from 0 on
     */
    void scores(float[] query, int from, float[] rows, int count, int size, float scale, float[] scores, int at);

    /**
     * {@code target[to…] += Σ weights[at + i] · row i}.
     *
     * @param rows {@code count × size} numbers from 0 on
     */
    void accumulate(float[] weights, int at, float[] rows, int count, int size, float[] target, int to);

    /** {@code x ← e^(x − subtrahend)} for {@code count} numbers. @return their sum */
    float exp(float[] x, int from, int count, float subtrahend);

    /** {@code x ← x / (1 + e^(linear · x + cubic · x³))} for {@code count} numbers: what SiLU is, and one kind of GELU. */
    default void swish(float[] x, int from, int count, float linear, float cubic) {
        float[] powers = new float[count];
        for (int i = 0; i < count; i++) {
            double number = x[from + i];
            powers[i] = (float) (number * (linear + cubic * number * number));
        }
        exp(powers, 0, count, 0);
        for (int i = 0; i < count; i++) {
            x[from + i] /= 1 + powers[i];
        }
    }

    /** Places that {@link #read} reads at once. */
    int STREAMS = 8;

    /**
     * Reads memory as fast as it can and does nothing with it: for measuring.
     *
     * @param apart from one of {@value #STREAMS} places to the next
     * @param bytes to read at each, a multiple of 64
     * @return something that depends on every byte
     */
    default long read(MemorySegment memory, long from, long apart, int bytes) {
        long any = 0;
        for (int i = 0; i < bytes; i += Long.BYTES) {
            for (long place = from; place < from + STREAMS * apart; place += apart) {
                any |= memory.get(ValueLayout.JAVA_LONG, place + i);
            }
        }
        return any;
    }

    /** Attention as a whole, where there is a kernel for its form. @return whether there is; if not, nothing is done */
    default boolean attend(HeadAttention task) {
        return false;
    }
}
