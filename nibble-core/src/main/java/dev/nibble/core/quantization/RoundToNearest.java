package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Set;

/**
 * Rounds every value to the nearest one of its block's grid: the baseline that every other algorithm must beat. If mean squares of the
 * inputs are known, grids are fitted with them as importance.
 */
public record RoundToNearest(BlockFit fit) implements Quantizer {
    public static final RoundToNearest DEFAULT = new RoundToNearest(BlockFit.CODEC_DEFAULT);

    @Override
    public String name() {
        return "rtn";
    }

    @Override
    public Set<Class<? extends Statistic<?>>> needs() {
        return Set.of();
    }

    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        return quantize(weight, target, inputs.importance(), workers, arena);
    }

    Weight quantize(Matrix weight, Codec target, Importance importance, Workers workers, Arena arena) {
        Target output = Target.of(this, weight, target, arena);
        workers.run(weight.rows(), 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                encode(output, row, Arrays.copyOfRange(weight.data(), weight.at(row), weight.at(row) + weight.columns()), importance);
            }
        });
        return Weight.of(output.tensor());
    }

    private void encode(Target output, int index, float[] row, Importance importance) {
        Importance bound = importance.ofRow(row, 0, row.length);
        long offset = output.offset(index);
        for (int from = 0; from < row.length; from += output.codec().blockSize()) {
            Block block = fit.fit(output.codec(), row, from, bound);
            block.write(output.data(), offset);
            offset += output.codec().blockBytes();
        }
    }
}
