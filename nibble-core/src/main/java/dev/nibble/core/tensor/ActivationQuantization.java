package dev.nibble.core.tensor;

/**
 * Quantization of a layer's input to 8-bit integers at run time, so that products are integers too. Each token is quantized by itself: the
 * result does not depend on the other tokens of the batch.
 *
 * <pre>
 *   q = clamp(round(x / scale) + zero, −128, 127), half to even;   x' = (q − zero) × scale
 * </pre>
 */
public sealed interface ActivationQuantization {
    /** Inputs are not quantized. */
    ActivationQuantization NONE = new None();
    /** LLM.int8() with its default threshold. */
    ActivationQuantization LLM_INT8 = new OutlierAware(6);

    /** A few words for messages, after "are". */
    String description();

    /** Inputs are not quantized. */
    record None() implements ActivationQuantization {
        @Override
        public String description() {
            return "not quantized";
        }
    }

    /**
     * One scale per token, computed at run time: W8A8 with dynamic scales.
     *
     * @param symmetric whether zero is 0 and the scale {@code max |x| / 127.5}; else the range from the smallest to the largest value, 0
     *                  included, is divided into 255 steps
     */
    record PerToken(boolean symmetric) implements ActivationQuantization {
        @Override
        public String description() {
            return "quantized token by token" + (symmetric ? "" : " with a zero point");
        }
    }

    /**
     * One scale for all tokens, found by calibration: W8A8 with static scales.
     *
     * @param scale     finite, above 0
     * @param zeroPoint −128 to 127
     */
    record PerTensor(float scale, int zeroPoint) implements ActivationQuantization {
        public PerTensor {
            if (!(scale > 0 && scale <= Float.MAX_VALUE) || zeroPoint < Byte.MIN_VALUE || zeroPoint > Byte.MAX_VALUE) {
                throw new IllegalArgumentException("an input scale of " + scale + " and zero point of " + zeroPoint);
            }
        }

        @Override
        public String description() {
            return "quantized with static scales";
        }
    }

    /**
     * LLM.int8(): outliers of at least {@code threshold} stay floats; the others are quantized with the scale {@code max |x| / 127} over them.
     * Dettmers et al. 2022, section 3. The paper takes out a column for all tokens of a call; here each token has outliers of its own.
     *
     * @param threshold above 0; infinity for no outliers
     */
    record OutlierAware(float threshold) implements ActivationQuantization {
        public OutlierAware {
            if (!(threshold > 0)) {
                throw new IllegalArgumentException("a threshold of " + threshold + " for outliers, expected more than 0");
            }
        }

        @Override
        public String description() {
            return "quantized but for outliers from " + threshold;
        }
    }
}
