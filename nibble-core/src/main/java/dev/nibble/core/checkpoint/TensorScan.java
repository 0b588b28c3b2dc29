package dev.nibble.core.checkpoint;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Statistics of one tensor's values: NaN, infinite, constant, all zero, block scales that are not finite.
 *
 * @param scanned        number of values scanned
 * @param notANumber     number of NaN
 * @param infinite       number of infinities
 * @param badScales      blocks with a scale that is not finite
 * @param firstBadScale  byte offset in the tensor of the first such block, or −1
 * @param smallest       least finite value
 * @param largest        greatest finite value
 * @param matrix         whether the tensor is a matrix; constant vectors are normal
 */
public record TensorScan(long scanned, long notANumber, long infinite, long badScales, long firstBadScale, float smallest, float largest,
        boolean matrix) {
    private static final int CHUNK = 1 << 16;

    /** Scans every value. */
    public static TensorScan of(Tensor tensor) {
        return of(tensor, Long.MAX_VALUE);
    }

    /** Scans about {@code limit} values, spread over the tensor. */
    public static TensorScan of(Tensor tensor, long limit) {
        Codec codec = tensor.codec();
        long count = tensor.shape().count();
        int chunk = (int) Math.min(count, CHUNK / codec.blockSize() * (long) codec.blockSize());
        Scanner scanner = new Scanner(tensor, chunk);
        if (count == 0) {
            return scanner.result();
        }
        long chunks = Math.ceilDiv(count, (long) chunk);
        long stride = Math.max(1, Math.ceilDiv(count, Math.max(limit, 1)));
        for (long i = 0; i < chunks; i += stride) {
            scanner.add(i * chunk, (int) Math.min(chunk, count - i * chunk));
        }
        return scanner.result();
    }

    /** Warnings for users, without the tensor's name. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (notANumber > 0) {
            warnings.add(notANumber + " numbers are NaN");
        }
        if (infinite > 0) {
            warnings.add(infinite + " numbers are infinite");
        }
        if (badScales > 0) {
            warnings.add(badScales + " blocks have a scale that is not finite, the first at byte " + firstBadScale + " of the tensor");
        }
        if (matrix && scanned > 1 && smallest == largest && notANumber + infinite == 0) {
            warnings.add(smallest == 0 ? "all numbers are 0" : "all numbers are " + smallest);
        }
        return warnings;
    }

    private static final class Scanner {
        private final Tensor tensor;
        private final float[] numbers;
        private long scanned;
        private long notANumber;
        private long infinite;
        private long badScales;
        private long firstBadScale = -1;
        private float smallest = Float.POSITIVE_INFINITY;
        private float largest = Float.NEGATIVE_INFINITY;

        Scanner(Tensor tensor, int chunk) {
            this.tensor = tensor;
            this.numbers = new float[chunk];
        }

        void add(long first, int count) {
            Codec codec = tensor.codec();
            long from = codec.bytes(first);
            long to = codec.bytes(first + count);
            for (long offset = from; codec.blockSize() > 1 && offset < to; offset += codec.blockBytes()) {
                if (!codec.scalesFinite(tensor.data(), offset)) {
                    firstBadScale = badScales++ == 0 ? offset : firstBadScale;
                }
            }
            codec.decode(tensor.data(), from, numbers, 0, count);
            for (int i = 0; i < count; i++) {
                float number = numbers[i];
                if (Float.isFinite(number)) {
                    smallest = Math.min(smallest, number);
                    largest = Math.max(largest, number);
                } else if (Float.isNaN(number)) {
                    notANumber++;
                } else {
                    infinite++;
                }
            }
            scanned += count;
        }

        TensorScan result() {
            return new TensorScan(scanned, notANumber, infinite, badScales, firstBadScale, smallest, largest, tensor.shape().rank() > 1);
        }
    }
}
