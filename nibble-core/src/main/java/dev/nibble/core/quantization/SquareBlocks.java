package dev.nibble.core.quantization;

import dev.nibble.core.codec.PresetScales;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * Any algorithm under scales that rows share: one for {@code side × side} numbers, by the largest of them as the weight has it. Rows are
 * handed on in strips of one block.
 *
 * @param inner whose choice of codes it is
 * @param side  rows and columns of a block; the last ones may be narrower
 */
public record SquareBlocks(Quantizer inner, int side) implements Quantizer {
    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public Set<Class<? extends Statistic<?>>> needs() {
        return inner.needs();
    }

    @Override
    public String obstacle(Codec codec) {
        return codec instanceof ScaledLevels ? inner.obstacle(codec) : codec.name() + " has no scales that rows could share";
    }

    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        if (!(target instanceof ScaledLevels levels)) {
            throw new IllegalArgumentException(obstacle(target));
        }
        Shape shape = Shape.of(weight.rows(), weight.columns());
        MemorySegment data = arena.allocate(target.bytes(shape.count()), Long.BYTES);
        for (int row = 0; row < weight.rows(); row += side) {
            Matrix strip = weight.slice(row, Math.min(side, weight.rows() - row));
            PresetScales preset = new PresetScales(levels, scales(strip, levels), side);
            Tensor chosen = inner.quantize(strip, preset, inputs, workers, arena).values();
            MemorySegment.copy(chosen.data(), 0, data, row * target.bytes(weight.columns()), chosen.data().byteSize());
        }
        return Weight.of(new Tensor(target, shape, data));
    }

    private float[] scales(Matrix strip, ScaledLevels levels) {
        float[] scales = new float[Math.ceilDiv(strip.columns(), side)];
        for (int row = 0; row < strip.rows(); row++) {
            for (int column = 0; column < strip.columns(); column++) {
                scales[column / side] = Math.max(scales[column / side], Math.abs(strip.data()[strip.at(row) + column]));
            }
        }
        for (int i = 0; i < scales.length; i++) {
            scales[i] = levels.scaleFor(scales[i]);
        }
        return scales;
    }
}
