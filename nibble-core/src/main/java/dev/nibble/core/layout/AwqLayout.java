package dev.nibble.core.layout;

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
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Version "gemm" of AutoAWQ, AutoRound's {@code auto_awq}: always 4 bits.
 *
 * <pre>
 *   qweight  I32 [in, out / 8]      eight outputs in a word: bits 4i to 4i+3 are output 8c + (0, 2, 4, 6, 1, 3, 5, 7)[i]
 *   qzeros   I32 [groups, out / 8]  in the same order
 *   scales   F16 or BF16 [groups, out]
 *   weight[n][k] = scales[k / group][n] × (code[k][n] − zero[k / group][n])
 * </pre>
 *
 * Version "gemv" is read too ({@link AwqGemvRows}), and written as "gemm".
 */
final class AwqLayout implements WeightLayout {
    static final AwqLayout GEMM = new AwqLayout();

    private static final int BITS = 4;
    private static final int PER_WORD = PackedInts.BITS / BITS;
    private static final int[] SHIFTS = {0, 16, 4, 20, 8, 24, 12, 28}; // of output m in a word: 4 × its place in the order

    private AwqLayout() {}

    @Override
    public String name() {
        return "awq";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("awq")
                || config.method().equals("auto-round") && config.text("packing_format").orElse("").contains("awq");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "AWQ (%s), 4 bits, %s, %s".formatted(version(config), config.groups(),
                config.flag("zero_point", true) ? "asymmetric, zero points unchanged" : "symmetric");
    }

    private static String version(QuantizationConfig config) {
        return config.text("version").orElse("gemm").toLowerCase(Locale.ROOT);
    }

    @Override
    public List<String> suffixes() {
        return List.of(".qweight");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        return switch (version(config)) {
            case "gemm" -> new GroupedWeight(new Stored(parts, config), List.of());
            case "gemv" -> new GroupedWeight(new AwqGemvRows(parts, config), List.of());
            default -> throw new UnsupportedException(
                    parts.module() + ": AWQ of version " + version(config) + "; Nibble reads gemm and gemv");
        };
    }

    private static int shift(int output) {
        return SHIFTS[output % PER_WORD];
    }

    private static int readCode(PackedInts words, int row, int output) {
        return words.at(row, output / PER_WORD) >>> shift(output) & 15;
    }

    private static void writeCode(PackedInts words, int row, int output, int code) {
        int column = output / PER_WORD;
        words.at(row, column, words.at(row, column) | code << shift(output));
    }

    /** The checked tensors of one layer. */
    private static final class Stored implements GroupedRows {
        private final PackedInts codes;
        private final PackedInts zeros;
        private final FloatMatrix scales;
        private final RowGroups form;

        Stored(ComponentTensors parts, QuantizationConfig config) {
            Tensor weight = parts.matrix("qweight", Plain.I32);
            Tensor scaled = parts.matrix("scales", Plain.F16, Plain.BF16, Plain.F32);
            long outputs = weight.columns() * PER_WORD;
            this.scales = parts.scales("scales", Shape.of(scaled.rows(), outputs));
            this.zeros = PackedInts.of(parts.shaped("qzeros", Shape.of(scaled.rows(), weight.columns()), Plain.I32));
            this.codes = PackedInts.of(weight);
            int columns = codes.rows();
            int size = config.groupSize(columns).orElseGet(() -> Math.ceilDiv(columns, zeros.rows()));
            if (Math.ceilDiv(columns, size) != zeros.rows()) {
                throw parts.wrong("scales", "LAYOUT_SHAPE",
                        "has " + zeros.rows() + " groups for " + columns + " inputs in groups of " + size);
            }
            GroupAffine codec = new GroupAffine(BITS, columns, allMiddle() ? Zero.NONE : Zero.INTEGER, scales.format());
            this.form = new RowGroups(codec, Math.toIntExact(outputs), RowGroups.contiguous(columns, size));
        }

        private boolean allMiddle() {
            for (int group = 0; group < zeros.rows(); group++) {
                for (int column = 0; column < zeros.columns(); column++) {
                    if (zeros.at(group, column) != 0x88888888) {
                        return false;
                    }
                }
            }
            return true;
        }

        @Override
        public RowGroups form() {
            return form;
        }

        @Override
        public void codes(int row, byte[] target) {
            for (int column = 0; column < codes.rows(); column++) {
                target[column] = (byte) readCode(codes, column, row);
            }
        }

        @Override
        public float scale(int row, int group) {
            return scales.at(group, row);
        }

        @Override
        public float zeroPoint(int row, int group) {
            return readCode(zeros, group, row);
        }
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        GroupAffine affine = check("the model", codec);
        if (reordered) {
            throw new UnsupportedException("AWQ has no act-order");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "awq");
        config.put("bits", BITS);
        config.put("group_size", affine.groupSize());
        config.put("zero_point", affine.zero() == Zero.INTEGER);
        config.put("version", "gemm");
        config.put("modules_to_not_convert", plain);
        return config;
    }

    private static GroupAffine check(String name, Codec codec) {
        return GroupedWeight.integers(name, codec, Set.of(BITS), "AWQ holds integers of 4 bits");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        GroupAffine codec = check(module.name(), module.codec());
        long outputs = module.shape().rows();
        long inputs = module.shape().columns();
        if (outputs % PER_WORD != 0) {
            throw new UnsupportedException(module.name() + ": " + outputs + " outputs do not fill words of eight, as AWQ needs");
        }
        long groups = Math.ceilDiv(inputs, (long) groupSize(module, config));
        String name = module.name() + ".";
        return List.of(new TensorInfo(name + "qweight", Plain.I32, Shape.of(inputs, outputs / PER_WORD)),
                new TensorInfo(name + "qzeros", Plain.I32, Shape.of(groups, outputs / PER_WORD)),
                new TensorInfo(name + "scales", Plain.valueOf(codec.scaleFormat().name()), Shape.of(groups, outputs)));
    }

    private static int groupSize(TensorInfo module, QuantizationConfig config) {
        return config.groupSize(Math.toIntExact(module.shape().columns())).orElse(module.codec().blockSize());
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        TensorInfo info = new TensorInfo(module, weight.values().codec(), weight.values().shape());
        List<TensorInfo> parts = parts(info, config);
        GroupAffine codec = check(module, info.codec());
        BlockRows rows = new BlockRows(weight, module, groupSize(info, config));
        if (rows.isReordered()) {
            throw new UnsupportedException(module + ": its groups are scattered (act-order), which AWQ cannot store");
        }
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            byte[] row = new byte[rows.columns()];
            for (int output = 0; output < rows.rows(); output++) {
                rows.codes(output, row);
                for (int column = 0; column < row.length; column++) {
                    writeCode(writer.words(0), column, output, row[column]);
                }
                for (int group = 0; group < rows.groupCount(); group++) {
                    writeCode(writer.words(1), group, output, zeroPoint(rows, output, group, module));
                    writer.scale(2, codec.scaleFormat(), (long) group * rows.rows() + output, rows.scale(output, group));
                }
            }
            writer.write();
        }
    }

    private static int zeroPoint(BlockRows rows, int output, int group, String module) {
        int zero = (int) rows.zeroPoint(output, group);
        if (zero > 15) {
            throw new UnsupportedException(module + " has a zero point of " + zero + ", AWQ stores 0 to 15");
        }
        return zero;
    }
}
