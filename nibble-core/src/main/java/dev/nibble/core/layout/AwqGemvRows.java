package dev.nibble.core.layout;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Tensor;

/**
 * Version "gemv" of AutoAWQ: always 4 bits, in column order.
 *
 * <pre>
 *   qweight  I32 [out, in / 8]      bits 4i to 4i+3: input 8c + i
 *   qzeros   I32 [out, words]       groups in the same order, padded at the end
 *   scales   F16 or BF16 [out, 8 × words]
 *   weight[n][k] = scales[n][k / group] × (code[n][k] − zero[n][k / group])
 * </pre>
 */
final class AwqGemvRows implements GroupedRows {
    private static final int BITS = 4;
    private static final int PER_WORD = PackedInts.BITS / BITS;
    private static final int DEFAULT_GROUP = 128;

    private final PackedInts codes;
    private final PackedInts zeros;
    private final FloatMatrix scales;
    private final RowGroups form;

    AwqGemvRows(ComponentTensors parts, QuantizationConfig config) {
        Tensor weight = parts.matrix("qweight", Plain.I32);
        Tensor zero = parts.matrix("qzeros", Plain.I32);
        Tensor scale = parts.matrix("scales", Plain.F16, Plain.BF16, Plain.F32);
        this.codes = PackedInts.of(weight);
        this.zeros = PackedInts.of(zero);
        this.scales = parts.finite("scales", scale);
        if (weight.columns() > Integer.MAX_VALUE / PER_WORD) {
            throw parts.wrong("qweight", "LAYOUT_SHAPE", "has codes for " + weight.columns() + " times " + PER_WORD + " inputs");
        }
        int columns = codes.columns() * PER_WORD;
        int size = config.groupSize(columns).orElse(DEFAULT_GROUP);
        int count = Math.ceilDiv(columns, size);
        if (zero.rows() != weight.rows() || zero.columns() * PER_WORD < count) {
            throw parts.wrong("qzeros", "LAYOUT_SHAPE",
                    "has shape " + zero.shape() + " for " + weight.rows() + " outputs and " + count + " groups of " + size);
        }
        if (scale.rows() != weight.rows() || scale.columns() < count) {
            throw parts.wrong("scales", "LAYOUT_SHAPE",
                    "has shape " + scale.shape() + " for " + weight.rows() + " outputs and " + count + " groups of " + size);
        }
        this.form = new RowGroups(new GroupAffine(BITS, columns, Zero.INTEGER, scales.format()), codes.rows(),
                RowGroups.contiguous(columns, size));
    }

    @Override
    public RowGroups form() {
        return form;
    }

    @Override
    public void codes(int row, byte[] target) {
        for (int column = 0; column < target.length; column++) {
            target[column] = (byte) nibble(codes, row, column);
        }
    }

    private static int nibble(PackedInts words, int row, int column) {
        return words.at(row, column / PER_WORD) >>> BITS * (column % PER_WORD) & 15;
    }

    @Override
    public float scale(int row, int group) {
        return scales.at(row, group);
    }

    @Override
    public float zeroPoint(int row, int group) {
        return nibble(zeros, row, group);
    }
}
