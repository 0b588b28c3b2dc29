package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * {@code pack-quantized} of compressed-tensors, 1 to 8 bits.
 *
 * <pre>
 *   weight_packed      I32 [out, ceil(in × bits / 32)]      codes along the rows, the first in the lowest bits
 *   weight_scale       F16, BF16 or F32 [out, groups]
 *   weight_zero_point  I32 [ceil(out × bits / 32), groups]  zero points down the columns; absent if symmetric
 *   weight_shape       I64 [2] or I32 [2]                   out, in
 *   weight_g_idx       I32 [in]                             group of every input, with act-order only; −1: contiguous groups
 *   weight = scale × (code − zero)
 * </pre>
 *
 * Codes and zero points are signed values stored with 2^(bits − 1) added, which makes them those of {@link GroupAffine}.
 */
final class PackedInteger implements GroupedRows {
    private final PackedInts codes;
    private final byte[][] zeros; // by group, then output; empty if symmetric
    private final FloatMatrix scales;
    private final RowGroups form;

    PackedInteger(ComponentTensors parts, CompressedConfig config) {
        Tensor packed = parts.matrix("weight_packed", Plain.I32);
        int rows = Math.toIntExact(packed.rows());
        int columns = columns(parts, packed);
        int bits = bits(columns, packed.columns(), config);
        if (bits < 1 || bits > 8 || PackedInts.count(columns, bits) != packed.columns()) {
            throw parts.wrong("weight_packed", "LAYOUT_SHAPE", "has " + packed.columns() + " words for rows of " + columns
                    + " codes, which is not 1 to 8 bits for each");
        }
        this.codes = PackedInts.of(packed);
        Tensor scaled = parts.matrix("weight_scale", Plain.F16, Plain.BF16, Plain.F32);
        this.scales = parts.scales("weight_scale", Shape.of(rows, scaled.columns()));
        int groupCount = Math.toIntExact(scaled.columns());
        boolean symmetric = !parts.has("weight_zero_point");
        this.zeros = new byte[symmetric ? 0 : groupCount][rows];
        if (!symmetric) {
            PackedInts words = PackedInts
                    .of(parts.shaped("weight_zero_point", Shape.of(PackedInts.count(rows, bits), groupCount), Plain.I32));
            for (int group = 0; group < groupCount; group++) {
                words.readDown(group, bits, zeros[group], rows);
            }
        }
        GroupAffine codec = new GroupAffine(bits, columns, symmetric ? Zero.NONE : Zero.INTEGER, scales.format());
        this.form = new RowGroups(codec, rows, groups(parts, columns, groupCount, config));
    }

    private static int columns(ComponentTensors parts, Tensor packed) {
        Tensor shape = parts.counted("weight_shape", 2, Plain.I64, Plain.I32);
        float[] sizes = new float[2];
        shape.codec().decode(shape.data(), 0, sizes, 0, 2);
        if (sizes[0] != packed.rows() || sizes[1] < 1 || sizes[1] > packed.columns() * (double) PackedInts.BITS) {
            throw parts.wrong("weight_shape", "LAYOUT_RANGE", "says %.0f×%.0f for %d rows of %d words".formatted(sizes[0], sizes[1],
                    packed.rows(), packed.columns()));
        }
        return (int) sizes[1];
    }

    /** Short rows are ambiguous: their last words may be nearly empty. */
    private static int bits(int columns, long words, CompressedConfig config) {
        return columns >= PackedInts.BITS ? (int) Math.min(words * PackedInts.BITS / columns, 9) : config.bits();
    }

    private static int[] groups(ComponentTensors parts, int columns, int groupCount, CompressedConfig config) {
        if (parts.has("weight_g_idx")) {
            PackedInts stored = new PackedInts(parts.shaped("weight_g_idx", Shape.of(columns), Plain.I32).data(), 1, columns);
            int[] indices = IntStream.range(0, columns).map(i -> stored.at(0, i)).toArray();
            if (IntStream.of(indices).anyMatch(group -> group != -1)) {
                for (int i = 0; i < columns; i++) {
                    if (indices[i] < 0 || indices[i] >= groupCount) {
                        throw parts.wrong("weight_g_idx", "LAYOUT_RANGE", "input " + i + " is in group " + indices[i] + ", and there are "
                                + groupCount);
                    }
                }
                return indices;
            }
        }
        return RowGroups.contiguous(columns, config.groupSize(parts, columns, groupCount));
    }

    @Override
    public RowGroups form() {
        return form;
    }

    @Override
    public void codes(int row, byte[] target) {
        codes.readAlong(row, codec().bits(), target, columns());
    }

    @Override
    public float scale(int row, int group) {
        return scales.at(row, group);
    }

    @Override
    public float zeroPoint(int row, int group) {
        return zeros.length == 0 ? 1 << (codec().bits() - 1) : zeros[group][row] & 0xFF;
    }

    static List<TensorInfo> parts(TensorInfo module, GroupAffine codec, int groupSize, CompressedConfig config) {
        long rows = module.shape().rows();
        long columns = module.shape().columns();
        long groups = Math.ceilDiv(columns, (long) groupSize);
        String name = module.name() + ".weight_";
        List<TensorInfo> parts = new ArrayList<>();
        parts.add(new TensorInfo(name + "packed", Plain.I32, Shape.of(rows, PackedInts.count(columns, codec.bits()))));
        parts.add(new TensorInfo(name + "scale", Plain.valueOf(codec.scaleFormat().name()), Shape.of(rows, groups)));
        parts.add(new TensorInfo(name + "shape", Plain.I64, Shape.of(2)));
        if (hasZeros(codec, config)) {
            parts.add(new TensorInfo(name + "zero_point", Plain.I32, Shape.of(PackedInts.count(rows, codec.bits()), groups)));
        }
        if (config.reordered()) {
            parts.add(new TensorInfo(name + "g_idx", Plain.I32, Shape.of(columns)));
        }
        return parts;
    }

    /** Asymmetric models have zero points everywhere. */
    private static boolean hasZeros(GroupAffine codec, CompressedConfig config) {
        return codec.zero() == Zero.INTEGER || !config.symmetric();
    }

    static void write(Weight weight, String module, List<TensorInfo> parts, int groupSize, CompressedConfig config, CheckpointWriter file)
            throws IOException {
        BlockRows rows = new BlockRows(weight, module, groupSize);
        GroupAffine codec = (GroupAffine) rows.codec();
        if (rows.isReordered() && !config.reordered()) {
            throw new UnsupportedException(module + ": its groups are scattered (act-order), which the configuration does not announce");
        }
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            byte[] row = new byte[rows.columns()];
            for (int output = 0; output < rows.rows(); output++) {
                rows.codes(output, row);
                writer.words(0).writeAlong(output, codec.bits(), row, row.length);
                for (int group = 0; group < rows.groupCount(); group++) {
                    writer.scale(1, codec.scaleFormat(), (long) output * rows.groupCount() + group, rows.scale(output, group));
                }
            }
            writer.longs(2, rows.rows(), rows.columns());
            if (hasZeros(codec, config)) {
                byte[] fields = new byte[rows.rows()];
                for (int group = 0; group < rows.groupCount(); group++) {
                    for (int output = 0; output < fields.length; output++) {
                        fields[output] = (byte) (int) rows.zeroPoint(output, group);
                    }
                    writer.words(3).writeDown(group, codec.bits(), fields, fields.length);
                }
            }
            if (config.reordered()) {
                writer.integers(parts.size() - 1, rows.groups());
            }
            writer.write();
        }
    }
}
