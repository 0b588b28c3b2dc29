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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * GPTQ of AutoGPTQ and GPTQModel, AutoRound's {@code auto_gptq}; 2, 3, 4 or 8 bits.
 *
 * <pre>
 *   qweight  I32 [in × bits / 32, out]      codes down the columns, the first in the lowest bits
 *   qzeros   I32 [groups, out × bits / 32]  zero points along the rows
 *   scales   F16 or BF16 [groups, out]
 *   g_idx    I32 [in]                       group of every input; scattered with act-order; may be missing
 *   weight[n][k] = scales[g_idx[k]][n] × (code[k][n] − zero[g_idx[k]][n])
 * </pre>
 *
 * Format 1 stores zero points minus one, modulo 2^bits; format 2 stores them unchanged. In format 1 a borrow goes on into the next zero
 * point of the word, as GPTQModel writes it, except with 3 bits. A symmetric model's zero points reveal its format, whatever its
 * configuration says.
 */
final class GptqLayout implements WeightLayout {
    static final GptqLayout V1 = new GptqLayout("gptq", "gptq");
    static final GptqLayout V2 = new GptqLayout("gptq-v2", "gptq_v2");

    private static final Set<Integer> BITS = Set.of(2, 3, 4, 8);
    private static final int STRADDLING = 3;
    private static final String RULES = "dynamic";

    private final String name;
    private final String format;

    private GptqLayout(String name, String format) {
        this.name = name;
        this.format = format;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        boolean gptq = config.method().equals("gptq")
                || config.method().equals("auto-round") && config.text("packing_format").orElse("auto_gptq").contains("gptq");
        return gptq && format(config).equals(format);
    }

    private static String format(QuantizationConfig config) {
        return config.text("checkpoint_format", "format").filter(V2.format::equals).orElse(V1.format);
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "GPTQ, %s bits, %s, %s%s, zero points %s".formatted(config.bits().map(String::valueOf).orElse("unknown"), config.groups(),
                config.flag("sym", true) ? "symmetric" : "asymmetric", config.flag("desc_act", false) ? ", act-order" : "",
                this == V1 ? "stored minus one (format 1)" : "unchanged (format 2)");
    }

    @Override
    public List<String> suffixes() {
        return List.of(".qweight");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        String written = config.text("checkpoint_format", "format").orElse(format);
        if (!Set.of(V1.format, V2.format).contains(written)) {
            throw new UnsupportedException(parts.module() + ": GPTQ in the format " + written + "; Nibble reads gptq and gptq_v2");
        }
        return new Stored(parts, config, this).weight();
    }

    /** The checked tensors of one layer. */
    private static final class Stored implements GroupedRows {
        private final PackedInts codes;
        private final byte[][] zeros; // by group, then output
        private final FloatMatrix scales;
        private final RowGroups form;
        private final List<String> warnings = new ArrayList<>();

        Stored(ComponentTensors parts, QuantizationConfig config, GptqLayout layout) {
            Tensor weight = parts.matrix("qweight", Plain.I32);
            Tensor scaled = parts.matrix("scales", Plain.F16, Plain.BF16, Plain.F32);
            int outputs = Math.toIntExact(weight.columns());
            int groupCount = Math.toIntExact(scaled.rows());
            this.scales = parts.scales("scales", Shape.of(groupCount, outputs));
            Tensor zeroWords = parts.matrix("qzeros", Plain.I32);
            int bits = bits(parts, zeroWords, outputs);
            parts.shaped("qzeros", Shape.of(groupCount, (long) outputs * bits / PackedInts.BITS), Plain.I32);
            if (weight.rows() * PackedInts.BITS % bits != 0 || weight.rows() * PackedInts.BITS / bits > Integer.MAX_VALUE) {
                throw parts.wrong("qweight", "LAYOUT_SHAPE",
                        weight.rows() + " rows of words hold no whole number of " + bits + "-bit codes");
            }
            int columns = Math.toIntExact(weight.rows() * PackedInts.BITS / bits);
            this.codes = PackedInts.of(weight);
            this.zeros = zeros(PackedInts.of(zeroWords), outputs, bits, config, layout);
            boolean symmetric = allZerosAre(1 << (bits - 1));
            GroupAffine codec = new GroupAffine(bits, columns, symmetric ? Zero.NONE : Zero.INTEGER, scales.format());
            this.form = new RowGroups(codec, outputs, groups(parts, config, columns, groupCount));
        }

        private static int bits(ComponentTensors parts, Tensor zeroWords, int outputs) {
            long all = zeroWords.columns() * PackedInts.BITS;
            int bits = (int) Math.min(all / outputs, PackedInts.BITS);
            if (all % outputs != 0 || !BITS.contains(bits)) {
                throw parts.wrong("qzeros", "LAYOUT_SHAPE", "has " + zeroWords.columns() + " words for " + outputs
                        + " outputs, which is not 2, 3, 4 or 8 bits for each");
            }
            return bits;
        }

        private static int[] groups(ComponentTensors parts, QuantizationConfig config, int columns, int groupCount) {
            if (!parts.has("g_idx")) {
                int size = config.groupSize(columns).orElseGet(() -> Math.ceilDiv(columns, groupCount));
                if (Math.ceilDiv(columns, size) != groupCount) {
                    throw parts.wrong("scales", "LAYOUT_SHAPE",
                            "has " + groupCount + " groups for " + columns + " inputs in groups of " + size);
                }
                return RowGroups.contiguous(columns, size);
            }
            PackedInts stored = PackedInts
                    .of(new Tensor(Plain.I32, Shape.of(1, columns), parts.shaped("g_idx", Shape.of(columns), Plain.I32).data()));
            int[] groups = new int[columns];
            for (int i = 0; i < columns; i++) {
                groups[i] = stored.at(0, i);
                if (groups[i] < 0 || groups[i] >= groupCount) {
                    throw parts.wrong("g_idx", "LAYOUT_RANGE",
                            "input " + i + " is in group " + groups[i] + ", and there are " + groupCount);
                }
            }
            return groups;
        }

        private byte[][] zeros(PackedInts words, int outputs, int bits, QuantizationConfig config, GptqLayout layout) {
            byte[][] fields = new byte[words.rows()][outputs];
            for (int group = 0; group < words.rows(); group++) {
                words.readAlong(group, bits, fields[group], outputs);
            }
            int middle = 1 << (bits - 1);
            boolean lessOne = layout == V1;
            if (config.flag("sym", true)) {
                boolean v1 = all(fields, middle - 1);
                boolean v2 = all(fields, middle);
                if (lessOne ? v2 : v1) {
                    warnings.add("its zero points are those of GPTQ format " + (v2 ? 2 : 1) + ", whatever the configuration says; read so");
                }
                lessOne = v1 || lessOne && !v2;
            }
            if (lessOne) {
                if (any(fields, (1 << bits) - 1)) {
                    warnings.add("zero points of 0 in GPTQ format 1, which tools write in different ways; neighbours may be wrong by one");
                }
                for (byte[] row : fields) {
                    addOne(row, bits);
                }
            }
            return fields;
        }

        /** Adds word by word where fields fill words, so that a carry undoes the writer's borrow. */
        private static void addOne(byte[] fields, int bits) {
            int mask = (1 << bits) - 1;
            int perWord = bits == STRADDLING ? 1 : PackedInts.BITS / bits;
            for (int word = 0; word < fields.length; word += perWord) {
                int carry = 0;
                for (int i = word; i < Math.min(word + perWord, fields.length); i++) {
                    int sum = (fields[i] & 0xFF) + 1 + carry;
                    fields[i] = (byte) (sum & mask);
                    carry = sum >>> bits;
                }
            }
        }

        private static boolean all(byte[][] fields, int value) {
            for (byte[] row : fields) {
                for (byte field : row) {
                    if ((field & 0xFF) != value) {
                        return false;
                    }
                }
            }
            return true;
        }

        private static boolean any(byte[][] fields, int value) {
            for (byte[] row : fields) {
                for (byte field : row) {
                    if ((field & 0xFF) == value) {
                        return true;
                    }
                }
            }
            return false;
        }

        private boolean allZerosAre(int value) {
            return all(zeros, value);
        }

        StoredWeight weight() {
            return new GroupedWeight(this, warnings);
        }

        @Override
        public RowGroups form() {
            return form;
        }

        @Override
        public void codes(int row, byte[] target) {
            codes.readDown(row, codec().bits(), target, columns());
        }

        @Override
        public float scale(int row, int group) {
            return scales.at(group, row);
        }

        @Override
        public float zeroPoint(int row, int group) {
            return zeros[group][row] & 0xFF;
        }
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        GroupAffine affine = check("the model", codec);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "gptq");
        config.put("bits", affine.bits());
        config.put("group_size", affine.groupSize());
        config.put("desc_act", reordered);
        config.put("sym", affine.zero() == Zero.NONE);
        config.put("lm_head", !plain.contains("lm_head"));
        config.put("checkpoint_format", format);
        config.put("pack_dtype", "int32");
        if (!plain.isEmpty()) {
            Map<String, Object> rules = new LinkedHashMap<>();
            plain.stream().filter(module -> !module.equals("lm_head")).forEach(module -> rules.put("-:" + exactly(module), Map.of()));
            if (!rules.isEmpty()) {
                config.put(RULES, rules);
            }
        }
        return config;
    }

    /** GPTQModel's rules: regular expressions from the start of a module's name; {@code -:} is not quantized, {@code +:} overrides. */
    @Override
    public Map<String, Object> mixed(ConfigPart max, List<ConfigPart> others) {
        Map<String, Object> config = new LinkedHashMap<>(max.config());
        Map<String, Object> rules = new LinkedHashMap<>();
        for (ConfigPart other : others) {
            Map<String, Object> own = new LinkedHashMap<>();
            List.of("bits", "group_size", "sym", "desc_act").forEach(key -> own.put(key, other.config().get(key)));
            other.modules().forEach(module -> rules.put("+:" + exactly(module), own));
        }
        if (max.config().get(RULES) instanceof Map<?, ?> plain) {
            plain.forEach((module, nothing) -> rules.put(String.valueOf(module), nothing));
        }
        config.put(RULES, rules);
        return config;
    }

    private static String exactly(String module) {
        return "^" + module.replace(".", "\\.") + "$";
    }

    private static GroupAffine check(String name, Codec codec) {
        return GroupedWeight.integers(name, codec, BITS, "GPTQ holds integers of 2, 3, 4 or 8 bits");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        GroupAffine codec = check(module.name(), module.codec());
        long outputs = module.shape().rows();
        long inputs = module.shape().columns();
        if (inputs * codec.bits() % PackedInts.BITS != 0 || outputs * codec.bits() % PackedInts.BITS != 0) {
            throw new UnsupportedException(module.name() + ": " + module.shape() + " codes of " + codec.bits()
                    + " bits do not fill words of 32 bits, as GPTQ needs both ways");
        }
        long groups = Math.ceilDiv(inputs, (long) groupSize(module, config));
        String name = module.name() + ".";
        return List.of(new TensorInfo(name + "qweight", Plain.I32, Shape.of(inputs * codec.bits() / PackedInts.BITS, outputs)),
                new TensorInfo(name + "qzeros", Plain.I32, Shape.of(groups, outputs * codec.bits() / PackedInts.BITS)),
                new TensorInfo(name + "scales", Plain.valueOf(codec.scaleFormat().name()), Shape.of(groups, outputs)),
                new TensorInfo(name + "g_idx", Plain.I32, Shape.of(inputs)));
    }

    private static int groupSize(TensorInfo module, QuantizationConfig config) {
        int columns = Math.toIntExact(module.shape().columns());
        return config.groupSize(columns).orElse(module.codec().blockSize());
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        TensorInfo info = new TensorInfo(module, weight.values().codec(), weight.values().shape());
        List<TensorInfo> parts = parts(info, config);
        GroupAffine codec = check(module, info.codec());
        BlockRows rows = new BlockRows(weight, module, groupSize(info, config));
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            PackedInts codes = writer.words(0);
            byte[] row = new byte[rows.columns()];
            for (int output = 0; output < rows.rows(); output++) {
                rows.codes(output, row);
                codes.writeDown(output, codec.bits(), row, row.length);
            }
            PackedInts zeros = writer.words(1);
            byte[] fields = new byte[rows.rows()];
            for (int group = 0; group < rows.groupCount(); group++) {
                for (int output = 0; output < rows.rows(); output++) {
                    fields[output] = stored(rows.zeroPoint(output, group), module, codec, config);
                    writer.scale(2, codec.scaleFormat(), (long) group * rows.rows() + output, rows.scale(output, group));
                }
                zeros.writeAlong(group, codec.bits(), fields, fields.length);
            }
            writer.integers(3, rows.groups());
            writer.write();
        }
    }

    /** A zero point as stored in the configured format. */
    private static byte stored(float zeroPoint, String module, GroupAffine codec, QuantizationConfig config) {
        boolean lessOne = format(config).equals(V1.format);
        if (zeroPoint > codec.largestCode() || lessOne && zeroPoint == 0) {
            throw new UnsupportedException(module + " has a zero point of " + (int) zeroPoint + ", which GPTQ format " + (lessOne ? 1 : 2)
                    + " cannot store" + (lessOne && zeroPoint == 0 ? " safely; write gptq-v2" : ""));
        }
        return (byte) ((int) zeroPoint - (lessOne ? 1 : 0));
    }
}
