package dev.nibble.core.calibration;

import dev.nibble.core.quantization.AbsMax;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.MeanAbs;
import dev.nibble.core.quantization.MeanSquare;
import dev.nibble.core.quantization.Statistic;
import java.util.Set;

/**
 * How a model is calibrated.
 *
 * @param samples windows of the text, at most
 * @param length  tokens in a window; at most what the model was trained for
 * @param kinds   what is gathered of every layer's inputs
 * @param memory  bytes that statistics may take at once; what does not fit is gathered in further passes over the text
 */
public record CalibrationOptions(int samples, int length, Set<Class<? extends Statistic<?>>> kinds, long memory) {
    /** All statistics, 128 windows of 512 tokens, 2 GiB. */
    public static final CalibrationOptions DEFAULTS = new CalibrationOptions(128, 512,
            Set.of(AbsMax.class, MeanAbs.class, MeanSquare.class, Hessian.class), 2L << 30);

    public CalibrationOptions {
        if (samples < 1 || length < 1 || memory < 1 || kinds.isEmpty()) {
            throw new IllegalArgumentException(
                    samples + " samples of " + length + " tokens, " + kinds.size() + " kinds of statistics, " + memory + " bytes");
        }
        kinds = Set.copyOf(kinds);
    }

    public CalibrationOptions withSamples(int count) {
        return new CalibrationOptions(count, length, kinds, memory);
    }

    public CalibrationOptions withLength(int tokens) {
        return new CalibrationOptions(samples, tokens, kinds, memory);
    }

    public CalibrationOptions with(Set<Class<? extends Statistic<?>>> otherKinds) {
        return new CalibrationOptions(samples, length, otherKinds, memory);
    }

    public CalibrationOptions withMemory(long bytes) {
        return new CalibrationOptions(samples, length, kinds, bytes);
    }
}
