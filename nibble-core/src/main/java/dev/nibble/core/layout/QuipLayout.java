package dev.nibble.core.layout;

import static dev.nibble.core.tensor.LittleEndian.LONG;
import static dev.nibble.core.tensor.LittleEndian.SHORT;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.E8P;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * QuIP#: points of the E8 lattice between Hadamard transforms.
 *
 * <pre>
 *   Qidxs        I64 [out, in / 32]  four 16-bit codes of {@link E8P} per word, the first lowest
 *   SU           F16 [in]            factor of inputs before their transform
 *   SV           F16 [out]           factor of outputs after theirs
 *   Wscale       F32 [out]
 *   codebook_id  I64 []              1001: the codes of {@link E8P}
 *   y = diag(SV) H · diag(Wscale) · points · H diag(SU) · x
 * </pre>
 *
 * The tensors are those of the paper's program, except for a scale per row instead of one; the codes are not. Its files (codebook_id 7,
 * 17 and 18) are read too: {@link QuipSharpWeight}.
 */
final class QuipLayout implements WeightLayout {
    static final QuipLayout E8 = new QuipLayout();

    private static final long CODEBOOK = 1001;
    private static final int PER_WORD = 4;
    private static final int COLUMNS_PER_WORD = PER_WORD * E8P.DIMENSION;

    private QuipLayout() {}

    @Override
    public String name() {
        return "quip";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("quip");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "QuIP#, points of the E8 lattice between Hadamard transforms";
    }

    @Override
    public List<String> suffixes() {
        return List.of(".Qidxs");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        long codebook = parts.counted("codebook_id", 1, Plain.I64).data().get(LONG, 0);
        if (codebook != CODEBOOK) {
            return QuipSharpWeight.of(parts, config, codebook);
        }
        return new Stored(parts);
    }

    /** The checked tensors of one layer. */
    private static final class Stored implements StoredWeight {
        private final Tensor codes;
        private final FloatMatrix inward;
        private final FloatMatrix outward;
        private final FloatMatrix scales;
        private final E8P codec;

        Stored(ComponentTensors parts) {
            this.codes = parts.matrix("Qidxs", Plain.I64);
            long columns = codes.columns() * COLUMNS_PER_WORD;
            if (columns > Integer.MAX_VALUE) {
                throw parts.wrong("Qidxs", "LAYOUT_SHAPE", "has codes for " + columns + " inputs");
            }
            this.inward = parts.finite("SU", parts.counted("SU", columns, Plain.F16));
            this.outward = parts.finite("SV", parts.counted("SV", codes.rows(), Plain.F16));
            this.scales = parts.finite("Wscale", parts.counted("Wscale", codes.rows(), Plain.F32));
            this.codec = new E8P((int) columns);
        }

        @Override
        public Codec codec() {
            return codec;
        }

        @Override
        public Shape shape() {
            return Shape.of(codes.rows(), codec.groupSize());
        }

        @Override
        public boolean isTransformed() {
            return true;
        }

        @Override
        public Weight read(Arena arena) {
            Tensor values = new Tensor(codec, shape(), arena.allocate(codec.bytes(shape().count()), Long.BYTES));
            short[] row = new short[codec.groupSize() / E8P.DIMENSION];
            for (long output = 0; output < shape().rows(); output++) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = codes.data().get(SHORT, (output * row.length + i) * Short.BYTES);
                }
                codec.write(values.data(), output * values.rowBytes(), scales.at(output), row, 0);
            }
            return new Weight(values, List.of(hadamard(inward)), List.of(hadamard(outward)), ActivationQuantization.NONE);
        }

    }

    /** The transform with the stored factors. */
    private static Transform.Hadamard hadamard(FloatMatrix stored) {
        float[] factors = new float[Math.toIntExact(stored.tensor().shape().count())];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = stored.at(i);
        }
        return new Transform.Hadamard(Integer.lowestOneBit(factors.length), factors);
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        check("the model", codec);
        if (reordered) {
            throw new UnsupportedException("QuIP# has no act-order");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "quip");
        config.put("quip_params",
                new TreeMap<>(Map.of("codebook", "E8P", "codesz", E8P.DIMENSION, "packsz", PER_WORD, "codebook_version", CODEBOOK)));
        config.put("modules_to_not_convert", plain);
        return config;
    }

    private static E8P check(String name, Codec codec) {
        return WeightLayouts.held(name, codec, E8P.class, points -> true,
                "QuIP# holds points of the E8 lattice, which its quantizer makes");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        check(module.name(), module.codec());
        long rows = module.shape().rows();
        long columns = module.shape().columns();
        if (columns % COLUMNS_PER_WORD != 0) {
            throw new UnsupportedException(module.name() + ": rows of " + columns + " elements do not fill words of " + COLUMNS_PER_WORD
                    + ", as QuIP# needs");
        }
        String name = module.name() + ".";
        return List.of(new TensorInfo(name + "Qidxs", Plain.I64, Shape.of(rows, columns / COLUMNS_PER_WORD)),
                new TensorInfo(name + "SU", Plain.F16, Shape.of(columns)), new TensorInfo(name + "SV", Plain.F16, Shape.of(rows)),
                new TensorInfo(name + "Wscale", Plain.F32, Shape.of(rows)), new TensorInfo(name + "codebook_id", Plain.I64, Shape.of()));
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        Tensor values = weight.values();
        E8P codec = check(module, values.codec());
        List<TensorInfo> parts = parts(new TensorInfo(module, codec, values.shape()), config);
        int codes = codec.groupSize() / E8P.DIMENSION;
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            long blocks = values.shape().count() / codec.groupSize();
            long blocksPerRow = values.columns() / codec.groupSize();
            for (long block = 0; block < blocks; block++) {
                long offset = block * codec.blockBytes();
                long row = block / blocksPerRow;
                float scale = codec.scale(values.data(), row * values.rowBytes());
                if (codec.scale(values.data(), offset) != scale) {
                    throw new UnsupportedException(module + ": its groups have different scales, and QuIP# has one per row");
                }
                writer.scale(3, ScaleFormat.F32, row, scale);
                for (int i = 0; i < codes; i++) {
                    writer.bytes(0).set(SHORT, (block * codes + i) * Short.BYTES, codec.code(values.data(), offset, i));
                }
            }
            signs(weight.inputTransforms(), module, writer, 1);
            signs(weight.outputTransforms(), module, writer, 2);
            writer.longs(4, CODEBOOK);
            writer.write();
        }
    }

    private static void signs(List<Transform> transforms, String module, ComponentWriter writer, int part) {
        if (transforms.size() != 1 || !(transforms.getFirst() instanceof Transform.Hadamard hadamard)
                || hadamard.size() != Integer.lowestOneBit(hadamard.signs().length)) {
            throw new UnsupportedException(module + ": QuIP# needs one Hadamard transform of full size on both sides");
        }
        float[] signs = hadamard.signs();
        if (IntStream.range(0, signs.length).anyMatch(i -> ScaleFormat.F16.rounded(signs[i]) != signs[i])) {
            throw new UnsupportedException(module + ": a factor of a transform does not fit F16");
        }
        for (int i = 0; i < signs.length; i++) {
            writer.scale(part, ScaleFormat.F16, i, signs[i]);
        }
    }
}
