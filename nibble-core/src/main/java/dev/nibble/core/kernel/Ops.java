package dev.nibble.core.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The inner loops of attention and activations, on plain arrays. Thread-safe. */
public interface Ops {
    /**
     * {@code scores[at + i] = scale · (query · row i)}.
     *
     * @param query {@code size} values from {@code from} on
     * @param rows {@code count × size} values from 0 on
     */
    void scores(float[] query, int from, float[] rows, int count, int size, float scale, float[] scores, int at);

    /**
     * {@code target[to…] += Σ weights[at + i] · row i}.
     *
     * @param rows {@code count × size} values from 0 on
     */
    void accumulate(float[] weights, int at, float[] rows, int count, int size, float[] target, int to);

    /** {@code x ← e^(x − subtrahend)} for {@code count} values. @return their sum */
    float exp(float[] x, int from, int count, float subtrahend);

    /** {@code x ← x / (1 + e^(linear · x + cubic · x³))} for {@code count} values: SiLU, and the tanh approximation of GELU. */
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

    /**
     * {@code target ← x / √(mean(x²) + epsilon) · weight}, the squares summed as doubles, in four sums, each of every fourth value.
     *
     * @param weight a weight per value
     */
    default void rmsNorm(float[] x, int from, float[] target, int to, float[] weight, double epsilon) {
        float scale = scale(sumOfSquares(x, from, weight.length), weight.length, epsilon);
        for (int i = 0; i < weight.length; i++) {
            target[to + i] = x[from + i] * scale * weight[i];
        }
    }

    /** The sum of squares from four independent sums. */
    private static double sumOfSquares(float[] x, int from, int count) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int whole = from + count / 4 * 4;
        for (int i = from; i < whole; i += 4) {
            a += (double) x[i] * x[i];
            b += (double) x[i + 1] * x[i + 1];
            c += (double) x[i + 2] * x[i + 2];
            d += (double) x[i + 3] * x[i + 3];
        }
        for (int i = whole; i < from + count; i++) {
            a += (double) x[i] * x[i];
        }
        return a + b + (c + d);
    }

    /** The factor that makes the mean square of the values 1. */
    static float scale(double sumOfSquares, int count, double epsilon) {
        return (float) (1 / Math.sqrt(sumOfSquares / count + epsilon));
    }

    /** {@code x ← x + y} for {@code count} values. */
    default void add(float[] x, int from, float[] y, int at, int count) {
        for (int i = 0; i < count; i++) {
            x[from + i] += y[at + i];
        }
    }

    /** {@code x ← x · y} for {@code count} values. */
    default void multiply(float[] x, int from, float[] y, int at, int count) {
        for (int i = 0; i < count; i++) {
            x[from + i] *= y[at + i];
        }
    }

    /**
     * Applies rotary position embedding: rotates pairs of values by an angle each, the same angles in every head.
     *
     * @param pairs pairs of a head; adjacent values if interleaved, else value {@code i} and value {@code i + pairs}
     * @param stride values from one head to the next
     * @param table cosines of the pairs from {@code at} on, then sines
     */
    default void rotate(float[] x, int from, int heads, int stride, int pairs, boolean interleaved, float[] table, int at) {
        int step = interleaved ? 2 : 1;
        int partner = interleaved ? 1 : pairs;
        for (int head = from; head < from + heads * stride; head += stride) {
            for (int i = 0; i < pairs; i++) {
                int first = head + i * step;
                float cosine = table[at + i];
                float sine = table[at + pairs + i];
                float a = x[first];
                float b = x[first + partner];
                x[first] = a * cosine - b * sine;
                x[first + partner] = a * sine + b * cosine;
            }
        }
    }

    /** Streams that {@link #read} reads at once. */
    int STREAMS = 8;

    /**
     * Reads memory as fast as possible, for measuring its bandwidth.
     *
     * @param stride from one of {@value #STREAMS} streams to the next
     * @param bytes to read of each, a multiple of 64
     * @return a value that depends on every byte
     */
    default long read(MemorySegment memory, long from, long stride, int bytes) {
        long any = 0;
        for (int i = 0; i < bytes; i += Long.BYTES) {
            for (long place = from; place < from + STREAMS * stride; place += stride) {
                any |= memory.get(ValueLayout.JAVA_LONG, place + i);
            }
        }
        return any;
    }

    /** Computes attention if there is a kernel for its form. @return whether there is; if not, nothing is done */
    default boolean attend(HeadAttention task) {
        return false;
    }
}
