package dev.nibble.core.kernel;

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

    /** Attention as a whole, where there is a kernel for its form. @return whether there is; if not, nothing is done */
    default boolean attend(HeadAttention task) {
        return false;
    }
}
