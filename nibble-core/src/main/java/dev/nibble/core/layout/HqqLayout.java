package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * HQQ, grouped along the rows (axis 1); 8, 4, 3, 2 or 1 bits.
 *
 * <pre>
 *   W_q    groups, one per row of a matrix [out × in / group, group], packed by {@link HqqPacking}
 *   scale  F16, BF16 or F32 [out × in / group, 1]
 *   zero   the same; any value
 *   shape  I64 or I32 [2]   out, in
 *   nbits, group_size, axis, packing …   scalars as tensors; the configuration has the missing ones
 *   weight = scale × (code − zero)
 * </pre>
 */
final class HqqLayout implements WeightLayout {
    static final HqqLayout AXIS_1 = new HqqLayout();

    private static final int MAX_BITS = 8;

    private HqqLayout() {}

    @Override
    public String name() {
        return "hqq";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("hqq");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "HQQ, %d bits, groups of %s along the rows, fractional zero points".formatted(bits(config),
                weightParameters(config).get("group_size").map(Json::toString).orElse("a row"));
    }

    private static Json weightParameters(QuantizationConfig config) {
        Json inner = config.json().get("quant_config").orElse(config.json());
        return inner.get("weight_quant_params").orElse(inner);
    }

    private static int bits(QuantizationConfig config) {
        return weightParameters(config).get("nbits").map(bits -> bits.whole(1, MAX_BITS)).orElse(4);
    }

    @Override
    public List<String> suffixes() {
        return List.of(".W_q");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        int axis = (int) scalar(parts, "axis", weightParameters(config).get("axis").map(value -> value.whole(0, 1)).orElse(1));
        if (axis != 1) {
            throw new UnsupportedException(parts.module() + ": HQQ with groups along axis " + axis + "; Nibble reads axis 1");
        }
        return new GroupedWeight(new Stored(parts, config), List.of());
    }

    private static double scalar(ComponentTensors parts, String name, int otherwise) {
        if (!parts.has(name)) {
            return otherwise;
        }
        Tensor stored = parts.counted(name, 1, Plain.I32, Plain.I64, Plain.I16, Plain.I8, Plain.U8, Plain.F32, Plain.F16);
        float[] number = new float[1];
        stored.codec().decode(stored.data(), 0, number, 0, 1);
        return number[0];
    }

    /** The checked tensors of one layer. */
    private static final class Stored implements GroupedRows {
        private final HqqPacking packing;
        private final Tensor packed;
        private final FloatMatrix scales;
        private final FloatMatrix zeros;
        private final int perRow;
        private final RowGroups form;

        Stored(ComponentTensors parts, QuantizationConfig config) {
            this.packed = parts.matrix("W_q", Plain.U8, Plain.I32);
            int bits = (int) scalar(parts, "nbits", HqqLayout.bits(config));
            if (!HqqPacking.BITS.contains(bits) || (bits == 3) != packed.codec().equals(Plain.I32)) {
                throw parts.wrong("W_q", "LAYOUT_TYPE", "is " + packed.codec().name() + " with codes of " + bits
                        + " bits; expected U8 for 1, 2, 4 and 8 bits, I32 for 3");
            }
            Tensor shape = parts.counted("shape", 2, Plain.I64, Plain.I32);
            float[] sizes = new float[2];
            shape.codec().decode(shape.data(), 0, sizes, 0, 2);
            Tensor scaled = parts.tensor("scale", Plain.F16, Plain.BF16, Plain.F32);
            long groupCount = scaled.shape().count();
            long group = packed.columns();
            double fitting = Math.floor(sizes[1] / group) * sizes[0];
            if (!(sizes[0] >= 1) || !(sizes[1] >= 1) || sizes[0] > Integer.MAX_VALUE || sizes[1] % group != 0 || fitting != groupCount) {
                throw parts.wrong("shape", "LAYOUT_RANGE",
                        "says %.0f×%.0f for %d groups of %d".formatted(sizes[0], sizes[1], groupCount, group));
            }
            int columns = (int) sizes[1];
            this.perRow = columns / (int) group;
            this.packing = new HqqPacking(bits, Math.toIntExact(groupCount), (int) group);
            if (packed.rows() != packing.packedRows()) {
                throw parts.wrong("W_q", "LAYOUT_SHAPE", "has " + packed.rows() + " rows for " + groupCount + " groups of " + bits
                        + "-bit codes, expected " + packing.packedRows());
            }
            this.scales = parts.finite("scale", scaled);
            this.zeros = parts.finite("zero", parts.counted("zero", groupCount, (Plain) scaled.codec()));
            this.form = new RowGroups(new GroupAffine(bits, (int) group, Zero.FLOAT, scales.format()), (int) sizes[0],
                    RowGroups.contiguous(columns, (int) group));
        }

        @Override
        public RowGroups form() {
            return form;
        }

        @Override
        public void codes(int row, byte[] target) {
            for (int group = 0; group < perRow; group++) {
                packing.read(packed.data(), row * perRow + group, target, group * packing.width());
            }
        }

        @Override
        public float scale(int row, int group) {
            return scales.at((long) row * perRow + group);
        }

        @Override
        public float zeroPoint(int row, int group) {
            return zeros.at((long) row * perRow + group);
        }
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        GroupAffine affine = check("the model", codec);
        if (reordered) {
            throw new UnsupportedException("HQQ has no act-order");
        }
        Map<String, Object> weights = new LinkedHashMap<>();
        weights.put("nbits", affine.bits());
        weights.put("group_size", affine.groupSize());
        weights.put("axis", 1);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "hqq");
        config.put("quant_config", Map.of("weight_quant_params", weights));
        config.put("skip_modules", plain);
        return config;
    }

    private static GroupAffine check(String name, Codec codec) {
        return WeightLayouts.held(name, codec, GroupAffine.class,
                affine -> HqqPacking.BITS.contains(affine.bits()) && affine.zero() == Zero.FLOAT,
                "HQQ holds integers of 1, 2, 3, 4 or 8 bits with fractional zero points");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        GroupAffine codec = check(module.name(), module.codec());
        HqqPacking packing = packing(module, codec);
        Plain scale = Plain.valueOf(codec.scaleFormat().name());
        String name = module.name() + ".";
        return List.of(
                new TensorInfo(name + "W_q", codec.bits() == 3 ? Plain.I32 : Plain.U8, Shape.of(packing.packedRows(), packing.width())),
                new TensorInfo(name + "scale", scale, Shape.of(packing.groups(), 1)),
                new TensorInfo(name + "zero", scale, Shape.of(packing.groups(), 1)),
                new TensorInfo(name + "shape", Plain.I64, Shape.of(2)), new TensorInfo(name + "nbits", Plain.I32, Shape.of()),
                new TensorInfo(name + "group_size", Plain.I32, Shape.of()), new TensorInfo(name + "axis", Plain.I32, Shape.of()),
                new TensorInfo(name + "packing", Plain.U8, Shape.of(packing.name().length())));
    }

    private static HqqPacking packing(TensorInfo module, GroupAffine codec) {
        HqqPacking packing = new HqqPacking(codec.bits(), Math.toIntExact(module.shape().count() / codec.groupSize()), codec.groupSize());
        if (packing.groups() % packing.perCell() != 0 && codec.bits() != 3) {
            throw new UnsupportedException(module.name() + ": " + packing.groups() + " groups do not fill cells of " + packing.perCell());
        }
        return packing;
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        TensorInfo info = new TensorInfo(module, weight.values().codec(), weight.values().shape());
        List<TensorInfo> parts = parts(info, config);
        GroupAffine codec = check(module, info.codec());
        HqqPacking packing = packing(info, codec);
        BlockRows rows = new BlockRows(weight, module, codec.groupSize());
        if (rows.isReordered()) {
            throw new UnsupportedException(module + ": its groups are scattered (act-order), which HQQ cannot store");
        }
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            byte[] row = new byte[rows.columns()];
            for (int output = 0; output < rows.rows(); output++) {
                rows.codes(output, row);
                for (int group = 0; group < rows.groupCount(); group++) {
                    int at = output * rows.groupCount() + group;
                    packing.write(writer.bytes(0), at, row, group * packing.width());
                    writer.scale(1, codec.scaleFormat(), at, rows.scale(output, group));
                    writer.scale(2, codec.scaleFormat(), at, rows.zeroPoint(output, group));
                }
            }
            writer.longs(3, rows.rows(), rows.columns());
            writer.integers(4, codec.bits());
            writer.integers(5, codec.groupSize());
            writer.integers(6, 1);
            for (int i = 0; i < packing.name().length(); i++) {
                writer.bytes(7).set(JAVA_BYTE, i, (byte) packing.name().charAt(i));
            }
            writer.write();
        }
    }
}
