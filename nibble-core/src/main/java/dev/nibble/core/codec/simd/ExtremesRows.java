package dev.nibble.core.codec.simd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Rows in Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0 without importance: the scale follows from the extremes of 32 numbers, so there is nothing to
 * search, and a block is done at the pace of memory. With importance the codec's own way is taken.
 */
final class ExtremesRows implements RowEncoder {
    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;

    private final Codec codec;
    private final int bits;
    private final boolean affine;
    private final int[] codes = new int[SIZE];

    private byte[] bytes = new byte[0];
    private float scale;
    private float minimum;

    /** @param affine whether blocks have a minimum, or else codes are around zero */
    ExtremesRows(Codec codec, int bits, boolean affine) {
        this.codec = codec;
        this.bits = bits;
        this.affine = affine;
    }

    @Override
    public void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset) {
        if (!importance.isEqual()) {
            codec.encode(numbers, from, count, importance, target, offset);
            return;
        }
        int length = Math.toIntExact(codec.bytes(count));
        if (bytes.length < length) {
            bytes = new byte[length];
        }
        int at = 0;
        for (int block = from; block < from + count; block += SIZE) {
            if (affine) {
                roundFromMinimum(numbers, block);
            } else if (bits == 8) {
                roundAroundZero(numbers, block);
            } else {
                roundFromExtreme(numbers, block);
            }
            at = write(at);
        }
        MemorySegment.copy(bytes, 0, target, JAVA_BYTE, offset, length);
    }

    /** Q8_0: the largest magnitude is 127 steps. */
    private void roundAroundZero(float[] numbers, int from) {
        scale = largestMagnitude(numbers, from) / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int i = 0; i < SIZE; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, numbers, from + i).mul(inverse);
            IntVector whole = toInt(x);
            // half away from zero: one more where the rest is at least a half
            FloatVector rest = x.sub(Lanes.toFloat(whole));
            IntVector up = whole.add(1, rest.compare(VectorOperators.GE, 0.5f).cast(Lanes.INTS));
            up.sub(1, rest.compare(VectorOperators.LE, -0.5f).cast(Lanes.INTS)).max(-127).min(127).intoArray(codes, i);
        }
    }

    /** Q4_0, Q5_0: the number of largest magnitude gets code 0, which is the end that reaches farthest. */
    private void roundFromExtreme(float[] numbers, int from) {
        int zero = 1 << bits - 1;
        scale = extreme(numbers, from) / -zero;
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int i = 0; i < SIZE; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, numbers, from + i).mul(inverse).add(zero + 0.5f);
            toInt(x).max(0).min(2 * zero - 1).intoArray(codes, i);
        }
    }

    /** Q4_1, Q5_1: codes between the smallest and the largest number. */
    private void roundFromMinimum(float[] numbers, int from) {
        FloatVector least = FloatVector.fromArray(Lanes.FLOATS, numbers, from);
        FloatVector most = least;
        for (int i = Lanes.COUNT; i < SIZE; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, numbers, from + i);
            least = least.min(x);
            most = most.max(x);
        }
        int largestCode = (1 << bits) - 1;
        minimum = least.reduceLanes(VectorOperators.MIN);
        float maximum = most.reduceLanes(VectorOperators.MAX);
        if (minimum == 0) {
            minimum = firstZero(numbers, from);
        }
        scale = maximum == minimum ? 0 : (maximum - minimum) / largestCode;
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int i = 0; i < SIZE; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, numbers, from + i).sub(minimum).mul(inverse).add(0.5f);
            toInt(x).max(0).min(largestCode).intoArray(codes, i);
        }
    }

    private static IntVector toInt(FloatVector x) {
        return (IntVector) x.convert(VectorOperators.F2I, 0);
    }

    private static float largestMagnitude(float[] numbers, int from) {
        FloatVector largest = Lanes.zero();
        for (int i = 0; i < SIZE; i += Lanes.COUNT) {
            largest = largest.max(FloatVector.fromArray(Lanes.FLOATS, numbers, from + i).abs());
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /** The number of largest magnitude, with its sign; the first of equals. */
    private static float extreme(float[] numbers, int from) {
        float largest = largestMagnitude(numbers, from);
        for (int i = 0; i < SIZE; i += Lanes.COUNT) {
            VectorMask<Float> found = FloatVector.fromArray(Lanes.FLOATS, numbers, from + i).abs().compare(VectorOperators.EQ, largest);
            if (found.anyTrue()) {
                float extreme = numbers[from + i + found.firstTrue()];
                return extreme == 0 ? 0 : extreme; // a block of zeros has no sign
            }
        }
        return largest; // not a number: whatever it is
    }

    /** Zeros have signs that are stored; the first one counts. */
    private static float firstZero(float[] numbers, int from) {
        int i = from;
        while (numbers[i] != 0) {
            i++;
        }
        return numbers[i];
    }

    /** Writes the block at {@code at}; returns where the next one starts. */
    private int write(int at) {
        int position = writeHalf(scale, at);
        if (affine) {
            position = writeHalf(minimum, position);
        }
        if (bits == 8) {
            for (int i = 0; i < SIZE; i++) {
                bytes[position + i] = (byte) codes[i];
            }
            return position + SIZE;
        }
        if (bits == 5) {
            int high = 0;
            for (int i = 0; i < SIZE; i++) {
                high |= (codes[i] >> 4) << i;
            }
            for (int i = 0; i < Integer.BYTES; i++) {
                bytes[position++] = (byte) (high >> Byte.SIZE * i);
            }
        }
        for (int i = 0; i < HALF; i++) {
            bytes[position + i] = (byte) (codes[i] & 15 | codes[HALF + i] << 4);
        }
        return position + HALF;
    }

    private int writeHalf(float number, int at) {
        short half = Float.floatToFloat16(number);
        bytes[at] = (byte) half;
        bytes[at + 1] = (byte) (half >> Byte.SIZE);
        return at + 2;
    }
}
