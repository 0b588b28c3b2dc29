package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AQLM, also after PV-Tuning: sums of vectors from codebooks.
 *
 * <pre>
 *   codes      I8 or I16 [out, in / 8, books]  indices, their low bits
 *   codebooks  F16 [books, 2^bits, 1, 8]
 *   scales     F16 [out, 1, 1, 1]
 *   weight[n][8 i + k] = scales[n] × Σ over books  codebooks[m][codes[n][i][m]][0][k]
 * </pre>
 *
 * Vectors of one output and eight inputs; others are refused.
 */
final class AqlmLayout implements WeightLayout {
    static final AqlmLayout ANY = new AqlmLayout();

    private static final int DIMENSION = AdditiveCodes.DIMENSION;

    private AqlmLayout() {}

    @Override
    public String name() {
        return "aqlm";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("aqlm");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "AQLM, %s codebooks of %s bits, vectors of %s×%s".formatted(text(config, "num_codebooks"),
                text(config, "nbits_per_codebook"),
                text(config, "out_group_size"), text(config, "in_group_size"));
    }

    private static String text(QuantizationConfig config, String key) {
        return config.json().get(key).map(number -> Integer.toString(number.whole(0, 1 << 16))).orElse("?");
    }

    @Override
    public List<String> suffixes() {
        return List.of(".codebooks");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        return new Stored(parts);
    }

    /** The tensors of one layer, checked. */
    private static final class Stored implements StoredWeight {
        private final Tensor codes;
        private final FloatMatrix scales;
        private final AdditiveCodes codec;

        Stored(ComponentTensors parts) {
            Tensor books = parts.tensor("codebooks", Plain.F16);
            this.codes = parts.tensor("codes", Plain.I8, Plain.I16);
            List<Long> sides = sides(books);
            List<Long> counts = sides(codes);
            if (sides.size() != 4 || counts.size() != 3) {
                throw parts.wrong("codebooks", "LAYOUT_SHAPE", "has shape " + books.shape() + ", and the codes " + codes.shape()
                        + "; expected [books, vectors, outputs, inputs] and [outputs, groups, books]");
            }
            if (sides.get(2) != 1 || sides.get(3) != DIMENSION) {
                throw new UnsupportedException(parts.module() + ": AQLM with vectors of " + sides.get(2) + "×" + sides.get(3)
                        + "; Nibble reads 1×" + DIMENSION);
            }
            int bits = Long.numberOfTrailingZeros(sides.get(1));
            boolean wide = codes.codec().equals(Plain.I16);
            boolean power = sides.get(1) == 1L << bits && bits >= 1 && bits <= AdditiveCodes.MAX_BITS;
            if (!power || wide != bits > Byte.SIZE || sides.get(0) > AdditiveCodes.MAX_BOOKS || !counts.get(2).equals(sides.get(0))
                    || counts.get(1) > Integer.MAX_VALUE / DIMENSION / 2) {
                throw parts.wrong("codes", "LAYOUT_SHAPE", "has shape " + codes.shape() + " in " + codes.codec().name()
                        + ", and the codebooks " + books.shape());
            }
            parts.finite("codebooks", books);
            this.scales = parts.finite("scales", parts.counted("scales", counts.get(0), Plain.F16));
            this.codec = new AdditiveCodes(Math.toIntExact(sides.get(0)), bits, Math.toIntExact(counts.get(1) * DIMENSION), books.data());
        }

        private static List<Long> sides(Tensor tensor) {
            return tensor.shape().dimensions();
        }

        @Override
        public Codec codec() {
            return codec;
        }

        @Override
        public Shape shape() {
            return Shape.of(sides(codes).getFirst(), codec.blockSize());
        }

        @Override
        public boolean isTransformed() {
            return false;
        }

        @Override
        public Weight read(Arena arena) {
            MemorySegment data = arena.allocate(codec.bytes(shape().count()), Long.BYTES);
            long codeBytes = (long) codec.blockBytes() - codec.codesAt();
            for (long output = 0; output < shape().rows(); output++) {
                ScaleFormat.F16.write(data, output * codec.blockBytes(), scales.at(output));
                MemorySegment.copy(codes.data(), output * codeBytes, data, output * codec.blockBytes() + codec.codesAt(), codeBytes);
            }
            return Weight.of(new Tensor(codec, shape(), data));
        }
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        AdditiveCodes codes = check("the model", codec);
        if (reordered) {
            throw new UnsupportedException("AQLM has no act-order");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "aqlm");
        config.put("nbits_per_codebook", codes.bits());
        config.put("num_codebooks", codes.books());
        config.put("out_group_size", 1);
        config.put("in_group_size", DIMENSION);
        config.put("linear_weights_not_to_quantize", plain.stream().map(name -> name + ".weight").toList());
        return config;
    }

    private static AdditiveCodes check(String name, Codec codec) {
        return WeightLayouts.held(name, codec, AdditiveCodes.class, codes -> codes.vectorFormat() == ScaleFormat.F16,
                "AQLM holds sums of learned vectors, which its quantizer makes");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        AdditiveCodes codec = check(module.name(), module.codec());
        long rows = module.shape().rows();
        long columns = module.shape().columns();
        if (codec.blockSize() != columns) {
            throw new UnsupportedException(
                    module.name() + ": AQLM has one scale per row of " + columns + ", not one for " + codec.blockSize());
        }
        String name = module.name() + ".";
        Plain index = codec.indexBytes() == 1 ? Plain.I8 : Plain.I16;
        return List.of(new TensorInfo(name + "codes", index, Shape.of(rows, columns / DIMENSION, codec.books())),
                new TensorInfo(name + "codebooks", Plain.F16, Shape.of(codec.books(), 1L << codec.bits(), 1, DIMENSION)),
                new TensorInfo(name + "scales", Plain.F16, Shape.of(rows, 1, 1, 1)));
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        Tensor values = weight.values();
        AdditiveCodes codec = check(module, values.codec());
        if (!weight.inputTransforms().isEmpty() || !weight.outputTransforms().isEmpty()) {
            throw new UnsupportedException(module + ": its input or output is transformed, which AQLM cannot store");
        }
        List<TensorInfo> parts = parts(new TensorInfo(module, codec, values.shape()), config);
        long codeBytes = (long) codec.blockBytes() - codec.codesAt();
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            for (long row = 0; row < values.rows(); row++) {
                long offset = row * codec.blockBytes();
                MemorySegment.copy(values.data(), offset + codec.codesAt(), writer.bytes(0), row * codeBytes, codeBytes);
                writer.scale(2, ScaleFormat.F16, row, codec.scale(values.data(), offset));
            }
            writer.bytes(1).copyFrom(codec.vectors());
            writer.write();
        }
    }
}
