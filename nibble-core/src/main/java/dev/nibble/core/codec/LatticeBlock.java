package dev.nibble.core.codec;

import static dev.nibble.core.tensor.LittleEndian.INT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * A block of the IQ2 and IQ3 types being encoded, 256 numbers. Each group has a step, each vector in it a point of a grid for the
 * magnitudes, and each number a sign: {@code number = step × coordinate × sign}.
 *
 * <p>
 * The smaller types store seven of eight signs; the eighth makes the number of minuses even.
 */
abstract class LatticeBlock extends LatticeCodec.Opened {
    static final int SIZE = LatticeCodec.SIZE;
    private static final int SIGNS = 8;

    /** Half-precision bits of the scale that the steps are multiples of. */
    short scale;
    /** Codes of the groups' steps. */
    final byte[] steps;
    final short[] points;
    /** Signs of eight numbers per byte, lowest bit first; set for a minus. */
    final byte[] signs = new byte[SIZE / SIGNS];

    private final float[] coordinates;
    private final int vector;
    private final int group;
    private final boolean evenSigns;

    /**
     * @param coordinates of all points of the grid
     * @param vector      coordinates of a point
     * @param group       numbers that share a step
     */
    LatticeBlock(float[] coordinates, int vector, int group, boolean evenSigns) {
        this.coordinates = coordinates;
        this.vector = vector;
        this.group = group;
        this.evenSigns = evenSigns;
        this.steps = new byte[SIZE / group];
        this.points = new short[SIZE / vector];
    }

    /** The factor of the group's coordinates. */
    abstract float step(int group);

    /** Adds the eighth sign to seven. */
    static byte completed(int seven) {
        return (byte) (seven | (Integer.bitCount(seven) << 7));
    }

    /** Reads seven signs for each vector of eight, and the step in the top four bits, which is returned. */
    final byte readSigns(MemorySegment source, long offset, int group) {
        int bits = source.get(INT, offset);
        for (int v = 0; v < 4; v++) {
            signs[4 * group + v] = completed((bits >> (7 * v)) & 0x7F);
        }
        return (byte) (bits >>> 28);
    }

    final void writeSigns(MemorySegment target, long offset, int group) {
        int bits = steps[group] << 28;
        for (int v = 0; v < 4; v++) {
            bits |= (signs[4 * group + v] & 0x7F) << (7 * v);
        }
        target.set(INT, offset, bits);
    }

    /** Reads the steps, two per byte, the lower half first. */
    final void readSteps(MemorySegment source, long offset) {
        for (int i = 0; i < steps.length; i++) {
            steps[i] = (byte) ((source.get(JAVA_BYTE, offset + i / 2) >> (4 * (i % 2))) & 0xF);
        }
    }

    final void writeSteps(MemorySegment target, long offset) {
        for (int i = 0; i < steps.length; i += 2) {
            target.set(JAVA_BYTE, offset + i / 2, (byte) (steps[i] | (steps[i + 1] << 4)));
        }
    }

    @Override
    final void decode(float[] target, int from) {
        for (int i = 0; i < SIZE; i += vector) {
            float step = step(i / group);
            int point = points[i / vector] * vector;
            int minus = signs[i / SIGNS] >> (i % SIGNS);
            for (int j = 0; j < vector; j++) {
                float magnitude = step * coordinates[point + j];
                target[from + i + j] = ((minus >> j) & 1) == 0 ? magnitude : -magnitude;
            }
        }
    }

    @Override
    public final float value(int i) {
        float magnitude = step(i / group) * coordinates[points[i / vector] * vector + i % vector];
        return ((signs[i / SIGNS] >> (i % SIGNS)) & 1) == 0 ? magnitude : -magnitude;
    }

    /** The count of numbers that can be chosen independently: where the signs have to be even, it may be two points. */
    @Override
    public final int dimension() {
        return evenSigns ? SIGNS : vector;
    }

    /** Chooses the nearest of all points, with the numbers' signs; where those have to be even, the cheapest one may be flipped. */
    @Override
    public final void choose(int i, float[] numbers, int from) {
        int minus = 0;
        for (int j = 0; j < dimension(); j++) {
            minus |= (numbers[from + j] < 0 ? 1 : 0) << j;
        }
        float step = step(i / group);
        Nearest nearest = new Nearest();
        for (int j = 0; j < dimension(); j += vector) {
            search(nearest, step, numbers, from + j, j);
        }
        boolean flip = evenSigns && Integer.bitCount(minus) % 2 != 0;
        for (int j = 0; j < dimension(); j += vector) {
            boolean flipped = flip && nearest.flippedAt / vector == j / vector;
            points[(i + j) / vector] = (short) (flipped ? nearest.flippedPoint : nearest.points[j / vector]);
        }
        minus ^= flip ? 1 << nearest.flippedAt : 0;
        int others = dimension() == SIGNS ? 0 : signs[i / SIGNS] & ~(((1 << vector) - 1) << (i % SIGNS));
        signs[i / SIGNS] = (byte) (others | (minus << (i % SIGNS)));
    }

    /** The nearest points, and where one sign has to be wrong, the cheapest place for that and the point to choose then. */
    private static final class Nearest {
        final int[] points = new int[2];
        float flipCost = Float.POSITIVE_INFINITY;
        int flippedAt;
        int flippedPoint;
    }

    private void search(Nearest nearest, float step, float[] numbers, int from, int at) {
        float min = Float.POSITIVE_INFINITY;
        float leastFlipped = Float.POSITIVE_INFINITY;
        int flippedAt = at;
        int flippedPoint = 0;
        for (int point = 0; point < coordinates.length / vector; point++) {
            float error = 0;
            float flip = Float.POSITIVE_INFINITY; // increase of the error by the cheapest wrong sign
            int cheapest = 0;
            for (int j = 0; j < vector; j++) {
                float magnitude = Math.abs(numbers[from + j]);
                float value = step * coordinates[point * vector + j];
                error += (value - magnitude) * (value - magnitude);
                if (4 * value * magnitude < flip) {
                    flip = 4 * value * magnitude;
                    cheapest = j;
                }
            }
            if (error < min) {
                min = error;
                nearest.points[at / vector] = point;
            }
            if (error + flip < leastFlipped) {
                leastFlipped = error + flip;
                flippedAt = at + cheapest;
                flippedPoint = point;
            }
        }
        if (leastFlipped - min < nearest.flipCost) {
            nearest.flipCost = leastFlipped - min;
            nearest.flippedAt = flippedAt;
            nearest.flippedPoint = flippedPoint;
        }
    }
}
