package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * One byte per code with one scale per block of rows and columns, under any tensor names: FP8 and INT8 of compressed-tensors, bitsandbytes
 * and others.
 *
 * <pre>
 *   weight  F8_E4M3 or I8 [out, in]
 *   scales  [1], [out], [out, 1], [out, groups] or [blocks down, blocks across]
 *   zeros   I8 like the scales, for asymmetric I8
 * </pre>
 */
final class ByteCodes implements GroupedRows {
    private static final int SIGN = 0x80;
    private static final int NAN = 0x7F;

    private final Tensor codes;
    private final FloatMatrix scales;
    private final boolean integers;
    private final Optional<Tensor> zeros;
    private final int scaleColumns;
    private final int blockRows;
    private final RowGroups form;

    /**
     * @param blockDown   rows per scale if the shape of the scales leaves it open, else 0
     * @param blockAcross columns per scale, likewise
     */
    ByteCodes(ComponentTensors parts, String scaleName, int blockDown, int blockAcross) {
        this(parts, "weight", scaleName, blockDown, blockAcross);
    }

    /** @param codeName name of the tensor of codes */
    ByteCodes(ComponentTensors parts, String codeName, String scaleName, int blockDown, int blockAcross) {
        this(parts, codeName, scaleName, parts.matrix(codeName, Plain.F8_E4M3, Plain.I8),
                parts.tensor(scaleName, Plain.F16, Plain.BF16, Plain.F32),
                Optional.empty(), blockDown, blockAcross);
    }

    /** LLM.int8() of bitsandbytes: signed bytes as level numbers, one scale per row. */
    static ByteCodes llmInt8(ComponentTensors parts) {
        Tensor codes = parts.matrix("weight", Plain.I8);
        return new ByteCodes(parts, "weight", "SCB", codes, parts.counted("SCB", codes.rows(), Plain.F32), Optional.of(LevelTable.INT8), 1,
                0);
    }

    private ByteCodes(ComponentTensors parts, String codeName, String scaleName, Tensor codes, Tensor stored, Optional<LevelTable> levels,
            int blockDown,
            int blockAcross) {
        this.codes = codes;
        this.scales = parts.finite(scaleName, stored);
        int rows = Math.toIntExact(codes.rows());
        int columns = Math.toIntExact(codes.columns());
        boolean vector = stored.shape().rank() < 2;
        int down = Math.toIntExact(vector ? stored.shape().count() : stored.rows());
        this.scaleColumns = vector ? 1 : Math.toIntExact(stored.columns());
        this.blockRows = block(parts, scaleName, rows, down, blockDown);
        this.integers = levels.isEmpty() && codes.codec().equals(Plain.I8);
        this.zeros = integers && parts.has("weight_zero_point")
                ? Optional.of(parts.counted("weight_zero_point", stored.shape().count(), Plain.I8))
                : Optional.empty();
        GroupCodec codec = integers
                ? new GroupAffine(8, columns, zeros.isPresent() ? Zero.INTEGER : Zero.NONE, scales.format())
                : new ScaledLevels(levels.orElse(LevelTable.FP8), columns);
        this.form = new RowGroups(codec, rows, RowGroups.contiguous(columns, block(parts, scaleName, columns, scaleColumns, blockAcross)));
        if (codes.codec().equals(Plain.F8_E4M3)) {
            checkNumbers(parts, codeName);
        }
    }

    /** Rows or columns per scale. */
    private static int block(ComponentTensors parts, String scaleName, int side, int scales, int announced) {
        int size = announced > 0 && Math.ceilDiv(side, announced) == scales ? announced : Math.ceilDiv(side, scales);
        if (Math.ceilDiv(side, size) != scales) {
            throw parts.wrong(scaleName, "LAYOUT_SHAPE", scales + " scales do not divide " + side + " rows or columns");
        }
        return size;
    }

    private void checkNumbers(ComponentTensors parts, String codeName) {
        for (long i = 0; i < codes.data().byteSize(); i++) {
            if ((codes.data().get(JAVA_BYTE, i) & NAN) == NAN) {
                throw parts.wrong(codeName, "LAYOUT_RANGE", "number " + i + " is NaN");
            }
        }
    }

    @Override
    public RowGroups form() {
        return form;
    }

    @Override
    public void codes(int row, byte[] target) {
        MemorySegment.copy(codes.data(), JAVA_BYTE, row * codes.rowBytes(), target, 0, columns());
        if (integers) {
            for (int i = 0; i < columns(); i++) {
                target[i] ^= (byte) SIGN; // from −128 … 127 to 0 … 255
            }
        }
    }

    private long index(int row, int group) {
        return (long) (row / blockRows) * scaleColumns + group;
    }

    @Override
    public float scale(int row, int group) {
        return scales.at(index(row, group));
    }

    @Override
    public float zeroPoint(int row, int group) {
        return zeros.map(stored -> (float) (stored.data().get(JAVA_BYTE, index(row, group)) + SIGN)).orElse((float) SIGN);
    }
}
