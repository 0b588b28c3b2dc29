package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Any algorithm, plus a static scale for the layer's inputs like that of llm-compressor's {@code minmax} observer: the grid holds every
 * input seen in calibration.
 *
 * @param inner chooses the codes
 */
public record StaticActivationScales(Quantizer inner) implements Quantizer {
    private static final double STEPS = 255;

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public Set<Class<? extends Statistic<?>>> needs() {
        Set<Class<? extends Statistic<?>>> needs = new HashSet<>(inner.needs());
        needs.add(AbsMax.class);
        return needs;
    }

    @Override
    public String unsupportedReason(Codec codec) {
        return inner.unsupportedReason(codec);
    }

    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        ActivationQuantization scale = scale(inputs, weight.columns());
        return inner.quantize(weight, target, inputs, workers, arena).with(scale);
    }

    @Override
    public Weight finish(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        ActivationQuantization scale = scale(inputs, weight.columns());
        return inner.finish(weight, target, inputs, workers, arena).with(scale);
    }

    private static ActivationQuantization scale(Statistics inputs, int columns) {
        if (inputs.rows() == 0) {
            throw new UnsupportedException(Advice.of("no text of the calibration came to this layer, so no static scale of its inputs is"
                    + " known: take a longer text, or %s, whose inputs get scales as they come", Setting.SCHEME.of("W8A8")));
        }
        return symmetric(inputs.require(AbsMax.class, columns, "a static scale"));
    }

    /** The grid whose code 127.5 is the largest magnitude; of step 1 if all inputs were zero. */
    static ActivationQuantization.PerTensor symmetric(AbsMax inputs) {
        float scale = (float) (2 * Arrays.stream(inputs.values()).max().orElse(0) / STEPS);
        return new ActivationQuantization.PerTensor(scale > 0 ? scale : 1, 0);
    }
}
