package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.codec.OffsetGroups;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Integers of torchao in any packing.
 *
 * <pre>
 *   Int4Tensor                qdata I8 [out, in / 2]    signed codes in pairs, the even one in the low half
 *                             scale, zero_point [groups, out]
 *   Int4TilePackedTo4dTensor  qdata I32 [out / 8, in / 128, 32, 4]  tiles in the order of a GPU's lanes: {@link Tiles}
 *                             scale_and_zero [groups, out, 2]
 *                             value = (code − 8) × scale + zero_point, for both
 *   Int8Tensor                qdata I8 [out, in]
 *   IntxUnpackedToInt8Tensor  the same, with codes of target_dtype
 *                             scale, zero_point [out / rows, in / columns] of the block_size
 *                             value = (code − zero_point) × scale, for both
 * </pre>
 */
record TorchaoRows(RowGroups form, Codes codes, Numbers scales, Numbers zeros) implements GroupedRows {
    private static final String CODES = TorchaoTensor.PREFIX + "qdata";
    private static final String SCALES = TorchaoTensor.PREFIX + "scale";
    private static final String ZEROS = TorchaoTensor.PREFIX + "zero_point";
    private static final String BOTH = TorchaoTensor.PREFIX + "scale_and_zero";
    private static final int SIGN = 8; // of four bits
    private static final int BITS = 4;

    /** Source of codes. */
    interface Codes {
        void read(int row, byte[] target);
    }

    /** A value for every group of a row. */
    interface Numbers {
        float at(int row, int group);
    }

    static TorchaoRows pairs(TorchaoTensor tensor) {
        ComponentTensors parts = tensor.parts();
        Tensor stored = parts.matrix(CODES, Plain.I8, Plain.U8);
        int rows = Math.toIntExact(stored.rows());
        int columns = Math.toIntExact(Math.min(2 * stored.columns(), Integer.MAX_VALUE));
        int size = Math.min(tensor.sides("block_size").getLast(), columns);
        Shape groups = Shape.of(Math.ceilDiv(columns, size), rows);
        FloatMatrix scales = parts.scales(SCALES, groups);
        FloatMatrix zeros = parts.scales(ZEROS, groups);
        if (zeros.format() != scales.format()) {
            throw parts.wrong(ZEROS, "LAYOUT_TYPE", "is " + zeros.format() + ", and the scales are " + scales.format());
        }
        boolean symmetric = IntStream.range(0, Math.toIntExact(groups.count())).allMatch(i -> Float.floatToRawIntBits(zeros.at(i)) == 0);
        GroupCodec codec = symmetric
                ? new GroupAffine(BITS, columns, Zero.NONE, scales.format())
                : new OffsetGroups(BITS, columns, scales.format());
        Codes codes = (row, target) -> {
            for (int i = 0; i < columns; i++) {
                target[i] = (byte) (stored.data().get(JAVA_BYTE, row * stored.rowBytes() + i / 2) >> i % 2 * BITS & 15 ^ SIGN);
            }
        };
        return new TorchaoRows(new RowGroups(codec, rows, RowGroups.contiguous(columns, size)), codes,
                (row, group) -> scales.at(group, row), (row, group) -> zeros.at(group, row));
    }

    /**
     * Tiles in the lane order of a GPU's matrix instruction: 8 outputs × 16 inputs per tile, two tiles per word of each of 32 lanes.
     *
     * @param inner words per lane
     */
    private record Tiles(MemorySegment data, int across, int inner) {
        static final int OUTPUTS = 8;
        static final int INPUTS = 16;
        static final int LANES = 32;

        int code(int row, int column) {
            int tile = column / INPUTS;
            int word = tile / 2 % inner;
            int lane = row % OUTPUTS * 4 + column % OUTPUTS / 2;
            long at = (((long) row / OUTPUTS * across + tile / (2 * inner)) * LANES + lane) * inner + word;
            int pair = tile % 2 * 2 + column % INPUTS / OUTPUTS; // even elements in the low half of the word, odd ones in the high
            return new PackedInts(data, 1, 1).at(0, Math.toIntExact(at)) >>> pair * BITS + column % 2 * 16 & 15;
        }
    }

    static TorchaoRows tiles(TorchaoTensor tensor) {
        ComponentTensors parts = tensor.parts();
        Tensor stored = parts.tensor(CODES, Plain.I32);
        List<Long> sides = stored.shape().dimensions();
        if (sides.size() != 4 || sides.get(2) != Tiles.LANES || sides.get(3) > 4 || stored.shape().count() > Integer.MAX_VALUE) {
            throw parts.wrong(CODES, "LAYOUT_SHAPE", "has shape " + stored.shape() + ", expected [out / 8, in / 128, 32, 4]");
        }
        int inner = sides.get(3).intValue();
        Tiles tiles = new Tiles(stored.data(), sides.get(1).intValue(), inner);
        long outputs = sides.get(0) * Tiles.OUTPUTS;
        long inputs = sides.get(1) * inner * 2 * Tiles.INPUTS;
        int rows = tensor.sides("shape").getFirst();
        int columns = tensor.sides("shape").getLast();
        int size = tensor.sides("block_size").getLast();
        if (rows > outputs || columns > inputs || size > inputs || inputs % size != 0) {
            throw parts.wrong(CODES, "LAYOUT_SHAPE",
                    "has tiles for " + outputs + "×" + inputs + " codes; " + rows + "×" + columns + " in groups of " + size
                            + " were announced");
        }
        FloatMatrix both = parts.scales(BOTH, Shape.of(inputs / size, outputs, 2));
        Codes codes = (row, target) -> {
            for (int i = 0; i < columns; i++) {
                target[i] = (byte) tiles.code(row, i);
            }
        };
        RowGroups form = new RowGroups(new OffsetGroups(BITS, columns, both.format()), rows, RowGroups.contiguous(columns, size));
        return new TorchaoRows(form, codes, (row, group) -> both.at((group * outputs + row) * 2),
                (row, group) -> both.at((group * outputs + row) * 2 + 1));
    }

    /** @param bits per code, stored in a byte */
    static TorchaoRows bytes(TorchaoTensor tensor, int bits) {
        ComponentTensors parts = tensor.parts();
        Tensor stored = parts.matrix(CODES, Plain.I8);
        int rows = Math.toIntExact(stored.rows());
        int columns = Math.toIntExact(stored.columns());
        int down = Math.min(tensor.sides("block_size").getFirst(), rows);
        int size = Math.min(tensor.sides("block_size").getLast(), columns);
        int across = Math.ceilDiv(columns, size);
        long count = (long) Math.ceilDiv(rows, down) * across;
        FloatMatrix scales = parts.finite(SCALES, parts.counted(SCALES, count, ComponentTensors.SCALES.toArray(Plain[]::new)));
        int middle = 1 << bits - 1;
        for (long i = 0; i < stored.data().byteSize(); i++) {
            int code = stored.data().get(JAVA_BYTE, i) + middle;
            if (code < 0 || code >= 2 * middle) {
                throw parts.wrong(CODES, "LAYOUT_RANGE", "code " + i + " is " + (code - middle) + ", which is none of " + bits + " bits");
            }
        }
        float[] zeros = zeros(parts, Math.toIntExact(count), middle);
        Zero zero = kind(zeros, middle);
        ScaleFormat format = zero == Zero.FLOAT ? ScaleFormat.F32 : scales.format();
        RowGroups form = new RowGroups(new GroupAffine(bits, columns, zero, format), rows, RowGroups.contiguous(columns, size));
        Codes codes = (row, target) -> {
            for (int i = 0; i < columns; i++) {
                target[i] = (byte) (stored.data().get(JAVA_BYTE, row * stored.rowBytes() + i) + middle);
            }
        };
        return new TorchaoRows(form, codes, (row, group) -> scales.at((long) (row / down) * across + group),
                (row, group) -> zeros[row / down * across + group]);
    }

    /** The zero points as unsigned codes. */
    private static float[] zeros(ComponentTensors parts, int count, int middle) {
        float[] zeros = new float[count];
        if (parts.has(ZEROS)) {
            Tensor stored = parts.counted(ZEROS, count, Plain.I8, Plain.F16, Plain.BF16, Plain.F32);
            stored.codec().decode(stored.data(), 0, zeros, 0, count);
        }
        for (int i = 0; i < count; i++) {
            float moved = zeros[i] + middle;
            if (moved - middle != zeros[i]) {
                throw parts.wrong(ZEROS, "LAYOUT_RANGE", "zero point " + i + " is " + zeros[i] + ", which no float holds with " + middle);
            }
            zeros[i] = moved;
        }
        return zeros;
    }

    private static Zero kind(float[] zeros, int middle) {
        boolean none = true;
        boolean whole = true;
        for (float zero : zeros) {
            none &= zero == middle;
            whole &= zero >= 0 && zero <= 255 && zero == (int) zero;
        }
        return none ? Zero.NONE : whole ? Zero.INTEGER : Zero.FLOAT;
    }

    @Override
    public void codes(int row, byte[] target) {
        codes.read(row, target);
    }

    @Override
    public float scale(int row, int group) {
        return scales.at(row, group);
    }

    @Override
    public float zeroPoint(int row, int group) {
        return zeros.at(row, group);
    }
}
