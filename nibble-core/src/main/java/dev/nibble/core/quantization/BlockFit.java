package dev.nibble.core.quantization;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.util.Arrays;

/** A search for the scales of a block. */
sealed interface BlockFit {
    /** The codec's own fit: most integer grids span the smallest to the largest value. */
    BlockFit CODEC_DEFAULT = new CodecDefault();
    /** GPTQ's {@code mse}: ranges from full down to a fifth, errors to the power of 2.4. */
    BlockFit CLIPPED = new Clipped(0.2, 80, 2.4);
    /** A third of the work of {@link #CLIPPED}, with errors within a percent. */
    BlockFit COARSELY_CLIPPED = new Clipped(0.5, 26, 2.5);
    /** {@link #COARSELY_CLIPPED} for integer grids with a scale, {@link #CODEC_DEFAULT} for codecs that search their scales themselves. */
    BlockFit DEFAULT = new Default();

    /**
     * @param numbers    the row, with the block at {@code from}; modified temporarily
     * @param importance bound to the row
     */
    Block fit(Codec codec, float[] numbers, int from, Importance importance);

    /** {@link Codec#fit}. */
    record CodecDefault() implements BlockFit {
        @Override
        public Block fit(Codec codec, float[] numbers, int from, Importance importance) {
            return codec.fit(numbers, from, importance);
        }
    }

    /**
     * Points of a lattice under a larger scale than the values need: error feedback enlarges later values, and clipping errors cannot be
     * compensated.
     */
    record Headroom(double headroom) implements BlockFit {
        @Override
        public Block fit(Codec codec, float[] numbers, int from, Importance importance) {
            return codec.fitWithHeadroom(headroom, numbers, from, importance);
        }
    }

    /** The codec's preferred fit. */
    record Default() implements BlockFit {
        @Override
        public Block fit(Codec codec, float[] numbers, int from, Importance importance) {
            return (codec.fitsWholeRange() ? COARSELY_CLIPPED : CODEC_DEFAULT).fit(codec, numbers, from, importance);
        }
    }

    /**
     * Tries clipping ranges and keeps the one with the least error: clipping outliers gives the other values a finer grid. The codec is
     * fitted to the clipped values; codes are chosen for the original ones.
     *
     * @param smallest narrowest range, as a fraction of the full one
     * @param steps    ranges tried, including the full one
     * @param norm     power of the errors
     */
    record Clipped(double smallest, int steps, double norm) implements BlockFit {
        public Clipped {
            if (!(smallest > 0 && smallest <= 1) || steps < 1 || !(norm > 0)) {
                throw new IllegalArgumentException(steps + " ranges down to " + smallest + ", norm " + norm);
            }
        }

        @Override
        public Block fit(Codec codec, float[] numbers, int from, Importance importance) {
            Block best = codec.fit(numbers, from, importance);
            int size = codec.blockSize();
            if (best.dimension() != 1 || size == 1) {
                return best;
            }
            double min = error(best, numbers, from, size, importance);
            float low = Float.POSITIVE_INFINITY;
            float high = Float.NEGATIVE_INFINITY;
            for (int i = from; i < from + size; i++) {
                low = Math.min(low, numbers[i]);
                high = Math.max(high, numbers[i]);
            }
            float[] own = Arrays.copyOfRange(numbers, from, from + size);
            for (int step = 1; step < steps && min > 0; step++) {
                double share = 1 - (1 - smallest) * step / Math.max(1, steps - 1);
                for (int i = 0; i < size; i++) {
                    numbers[from + i] = Math.clamp(own[i], (float) (share * low), (float) (share * high));
                }
                Block block = codec.fit(numbers, from, importance); // indexes importance by position in this array
                System.arraycopy(own, 0, numbers, from, size);
                double error = error(block, numbers, from, size, importance);
                if (error < min) {
                    min = error;
                    best = block;
                }
            }
            return best;
        }

        private double power(double error) {
            if (norm == 2.5) {
                return error * error * Math.sqrt(error); // a tenth of the time
            }
            return norm == 2 ? error * error : Math.pow(error, norm);
        }

        /** Chooses codes for the original values and returns their error. */
        private double error(Block block, float[] numbers, int from, int size, Importance importance) {
            double sum = 0;
            for (int i = 0; i < size; i++) {
                block.choose(i, numbers, from + i);
                double error = Math.abs((double) numbers[from + i] - block.value(i));
                double power = power(error);
                sum += importance.isEqual() ? power : power * importance.weight(from + i);
            }
            return sum;
        }
    }
}
