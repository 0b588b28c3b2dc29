package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;

/** Writes FP8 weights; the inverse of {@link ByteCodes}. */
final class ByteParts {
    private ByteParts() {}

    /** @param blockDown rows per scale */
    static List<TensorInfo> of(TensorInfo module, String scaleName, int blockDown, int groupSize) {
        long rows = module.shape().rows();
        long columns = module.shape().columns();
        return List.of(new TensorInfo(module.name() + ".weight", Plain.F8_E4M3, module.shape()),
                new TensorInfo(module.name() + "." + scaleName,
                        Plain.F32, Shape.of(Math.ceilDiv(rows, (long) blockDown), Math.ceilDiv(columns, (long) groupSize))));
    }

    static void write(Weight weight, String module, List<TensorInfo> parts, int blockDown, int groupSize, CheckpointWriter file)
            throws IOException {
        BlockRows rows = new BlockRows(weight, module, groupSize);
        if (rows.isReordered()) {
            throw new UnsupportedException(module + ": its groups are scattered (act-order), which FP8 cannot store");
        }
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            byte[] row = new byte[rows.columns()];
            for (int output = 0; output < rows.rows(); output++) {
                rows.codes(output, row);
                writer.bytes(0, (long) output * row.length, row);
                int first = output / blockDown * blockDown;
                for (int group = 0; group < rows.groupCount(); group++) {
                    if (rows.scale(output, group) != rows.scale(first, group)) {
                        throw new UnsupportedException("%s: rows %d and %d have different scales, so blocks of %d rows cannot hold them"
                                .formatted(module, first, output, blockDown));
                    }
                    writer.scale(1, ScaleFormat.F32, (long) (output / blockDown) * rows.groupCount() + group, rows.scale(output, group));
                }
            }
            writer.write();
        }
    }
}
