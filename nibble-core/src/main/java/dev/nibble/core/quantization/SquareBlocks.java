package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * Any algorithm with scales shared by rows: one for {@code side × side} weights, from their largest magnitude. Rows are quantized in strips
 * of one block.
 *
 * @param inner chooses the codes
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
    public String unsupportedReason(Codec codec) {
        return codec.withSharedScales(new float[0], codec.blockSize()).isPresent()
                ? inner.unsupportedReason(codec)
                : codec.name() + " has no scales that rows could share";
    }

    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        Shape shape = Shape.of(weight.rows(), weight.columns());
        MemorySegment data = arena.allocate(target.bytes(shape.count()), Long.BYTES);
        for (int row = 0; row < weight.rows(); row += side) {
            Matrix strip = weight.slice(row, Math.min(side, weight.rows() - row));
            Codec preset = target.withSharedScales(largest(strip), side)
                    .orElseThrow(() -> new UnsupportedException(unsupportedReason(target)));
            Tensor chosen = inner.quantize(strip, preset, inputs, workers, arena).values();
            MemorySegment.copy(chosen.data(), 0, data, row * target.bytes(weight.columns()), chosen.data().byteSize());
        }
        return Weight.of(new Tensor(target, shape, data));
    }

    private float[] largest(Matrix strip) {
        float[] largest = new float[Math.ceilDiv(strip.columns(), side)];
        for (int row = 0; row < strip.rows(); row++) {
            for (int column = 0; column < strip.columns(); column++) {
                largest[column / side] = Math.max(largest[column / side], Math.abs(strip.data()[strip.at(row) + column]));
            }
        }
        return largest;
    }
}
