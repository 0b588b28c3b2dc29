package dev.nibble.core.calibration;

import dev.nibble.core.quantization.AbsMax;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.MeanAbs;
import dev.nibble.core.quantization.MeanSquare;
import dev.nibble.core.quantization.Statistic;
import java.util.Set;

/**
 * Options of a calibration.
 *
 * @param samples largest number of windows
 * @param length  tokens per window; at most the model's training context
 * @param kinds   statistics to gather of every layer's inputs
 * @param memory  limit of the statistics held at once, in bytes; the rest is gathered in further passes over the text
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
