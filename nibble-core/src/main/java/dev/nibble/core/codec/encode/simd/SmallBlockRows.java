package dev.nibble.core.codec.encode.simd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.AffineSuperBlockCodec;
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/**
 * Rows of blocks of 32 with an F16 scale, and in some types an F16 minimum: Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0. Without importance a lane
 * holds a number of one block; with importance, a block.
 */
final class SmallBlockRows implements RowEncoder {
    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;

    private final Codec codec;
    private final int bits;
    private final boolean hasMinimum;
    private final CodeBuffer codes;
    private final SymmetricLanes symmetric;
    private final AffineLanes affine;
    private final ErrorWeights rowWeights = new ErrorWeights();
    private final float[] x = new float[SIZE * GroupLanes.COUNT];
    private final float[] weights = new float[SIZE * GroupLanes.COUNT];

    private AffineLanes.Results results = new AffineLanes.Results(0);
    private byte[] bytes = new byte[0]; // the encoded row, up to end
    private int end;

    /** @param bits of a code: 4, 5, or 8 for signed codes from −127 to 127 */
    SmallBlockRows(Codec codec, int bits, boolean hasMinimum) {
        this.codec = codec;
        this.bits = bits;
        this.hasMinimum = hasMinimum;
        int limit = 1 << (bits - 1);
        this.codes = hasMinimum ? new CodeBuffer(SIZE, 0, 2 * limit - 1) : new CodeBuffer(SIZE, -limit, limit - 1);
        this.symmetric = new SymmetricLanes(SIZE, limit);
        this.affine = new AffineLanes(SIZE, 2 * limit - 1, AffineSuperBlockCodec.WITH_IMPORTANCE);
    }

    @Override
    public void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset) {
        boolean searched = !importance.isEqual() && bits < 8;
        if (searched) {
            search(numbers, from, count, importance.ofRow(numbers, from, count));
        }
        int length = Math.toIntExact(codec.bytes(count));
        if (bytes.length < length) {
            bytes = new byte[length];
        }
        end = 0;
        for (int block = 0; block < count / SIZE; block++) {
            int at = from + block * SIZE;
            if (searched) {
                writeFound(numbers, at, block);
            } else if (bits == 8) {
                writeBalanced(numbers, at);
            } else if (hasMinimum) {
                writeBetweenExtremes(numbers, at);
            } else {
                writeSymmetric(numbers, at);
            }
        }
        MemorySegment.copy(bytes, 0, target, JAVA_BYTE, offset, length);
    }

    private void search(float[] numbers, int from, int count, Importance importance) {
        int blocks = count / SIZE;
        if (results.scales.length < blocks + GroupLanes.COUNT) {
            results = new AffineLanes.Results(blocks + GroupLanes.COUNT);
        }
        symmetric.begin(blocks);
        float[] ofRow = rowWeights.ofWholeRow(numbers, from, count, importance);
        for (int block = 0; block < blocks; block += GroupLanes.COUNT) {
            int present = Math.min(GroupLanes.COUNT, blocks - block);
            GroupLanes.load(numbers, from + block * SIZE, present, SIZE, x);
            GroupLanes.load(ofRow, block * SIZE, present, SIZE, weights);
            if (hasMinimum) {
                affine.search(x, weights, results, block);
            } else {
                symmetric.search(x, weights, results.scales, block);
            }
        }
    }

    private void writeFound(float[] numbers, int from, int block) {
        if (hasMinimum) {
            codes.multiply(numbers, from, 0, SIZE, results.roundingMinima[block], results.inverses[block]);
        } else {
            symmetric.codes(numbers, from, block, codes, 0);
        }
        write(results.scales[block], -results.minima[block]);
    }

    private void writeBalanced(float[] numbers, int from) {
        float scale = largest(numbers, from) / 127;
        codes.multiplyAwayFromZero(numbers, from, SIZE, inverse(scale));
        writeHalf(scale);
        System.arraycopy(codes.bytes(), 0, bytes, end, SIZE);
        end += SIZE;
    }

    private void writeSymmetric(float[] numbers, int from) {
        int limit = 1 << (bits - 1);
        float scale = extreme(numbers, from) / -limit;
        codes.truncate(numbers, from, SIZE, 0, inverse(scale), limit + 0.5f, 2 * limit - 1);
        write(scale, 0);
    }

    private void writeBetweenExtremes(float[] numbers, int from) {
        float min = numbers[from];
        float max = min;
        for (int i = from + 1; i < from + SIZE; i++) {
            min = numbers[i] < min ? numbers[i] : min; // the first of equals, for 0 may be of either sign
            max = numbers[i] > max ? numbers[i] : max;
        }
        int limit = (1 << bits) - 1;
        float scale = (max - min) / limit;
        codes.truncate(numbers, from, SIZE, min, inverse(scale), 0.5f, limit);
        write(scale, min);
    }

    private static float inverse(float scale) {
        return scale == 0 ? 0 : 1 / scale;
    }

    private static float largest(float[] numbers, int from) {
        return Float.intBitsToFloat(largestMagnitude(numbers, from));
    }

    /** The bits of the largest magnitude: magnitudes are ordered like their bits, and integer maxima are simpler than float ones. */
    private static int largestMagnitude(float[] numbers, int from) {
        int largest = 0;
        for (int i = from; i < from + SIZE; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(numbers[i]) & Integer.MAX_VALUE);
        }
        return largest;
    }

    /** The number of largest magnitude, with its sign; the first of equals; 0 if there are only zeros of whatever sign. */
    private static float extreme(float[] numbers, int from) {
        int positive = 0; // bits of the largest
        int negative = 0; // bits of the magnitude of the smallest
        for (int i = from; i < from + SIZE; i++) {
            int number = Float.floatToRawIntBits(numbers[i]);
            positive = Math.max(positive, number);
            negative = Math.max(negative, number ^ Integer.MIN_VALUE);
        }
        if (positive != negative) {
            return positive > negative ? Float.intBitsToFloat(positive) : -Float.intBitsToFloat(negative);
        }
        for (int i = from; i < from + SIZE && positive > 0; i++) {
            if ((Float.floatToRawIntBits(numbers[i]) & Integer.MAX_VALUE) == positive) {
                return numbers[i];
            }
        }
        return 0;
    }

    private void write(float scale, float minimum) {
        writeHalf(scale);
        if (hasMinimum) {
            writeHalf(minimum);
        }
        byte[] stored = codes.bytes();
        if (bits == 5) {
            int fifthBits = codes.bits(4);
            for (int i = 0; i < Integer.BYTES; i++) {
                bytes[end++] = (byte) (fifthBits >> Byte.SIZE * i);
            }
        }
        for (int i = 0; i < HALF; i++) {
            bytes[end + i] = (byte) ((stored[i] & 15) | stored[HALF + i] << 4);
        }
        end += HALF;
    }

    private void writeHalf(float number) {
        short half = Float.floatToFloat16(number);
        bytes[end] = (byte) half;
        bytes[end + 1] = (byte) (half >> Byte.SIZE);
        end += 2;
    }
}
