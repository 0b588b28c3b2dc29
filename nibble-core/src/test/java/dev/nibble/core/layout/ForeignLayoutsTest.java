package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights of formats without small enough real files: packed by the test's own formulas, read to the same values. */
class ForeignLayoutsTest {
    private static final String MODULE = "model.layers.0.mlp.up_proj";

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    private static QuantizationConfig config(ForeignWeights format) {
        return QuantizationConfig.parse(Path.of("config.json"), format.config);
    }

    private static PartsInMemory file(Foreign foreign) {
        PartsInMemory parts = PartsInMemory.declared(List.of());
        foreign.parts().forEach((part, tensor) -> parts.put(MODULE + part, tensor));
        return foreign.description().isEmpty() ? parts : parts.describe(Map.of(MODULE + ".weight", foreign.description()));
    }

    private static StoredWeight find(ForeignWeights format, PartsInMemory file) {
        WeightLayout layout = WeightLayouts.of(config(format));
        return layout.find(new ComponentTensors(file, MODULE, layout.separator()), config(format));
    }

    private static void assertReads(ForeignWeights format, Foreign foreign, long seed) {
        StoredWeight stored = find(format, file(foreign));
        Weight weight = stored.read(Arena.ofAuto());
        int columns = foreign.numbers()[0].length;
        assertThat(stored.shape()).isEqualTo(Shape.of(foreign.numbers().length, columns));
        assertThat(stored.codec()).isEqualTo(weight.values().codec());
        assertThat(stored.isTransformed()).isEqualTo(!weight.inputTransforms().isEmpty());
        assertThat(stored.warnings()).isEmpty();
        float[] row = new float[columns];
        for (int n = 0; n < foreign.numbers().length; n++) {
            weight.read(n, row, 0);
            for (int k = 0; k < columns; k++) {
                float expected = foreign.numbers()[n][k];
                if (format.exact) {
                    assertThat(row[k]).as("%s, output %d, input %d, seed %d", format, n, k, seed).isEqualTo(expected);
                } else {
                    assertThat(row[k]).as("%s, output %d, input %d, seed %d", format, n, k, seed).isCloseTo(expected, within(1e-6f));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatOthersWrote(ForeignWeights format) {
        int unit = Math.max(format.unit, 8);
        for (int rows : new int[]{unit, 3 * unit}) {
            for (int columns : new int[]{unit, 7 * unit, 8 * unit}) {
                assertReads(format, format.draw(rows, columns, random), seed);
            }
        }
        System.out.println(format + ", seed " + seed);
    }

    @ParameterizedTest
    @CsvSource({"1,0", "2,1", "3,2", "4,0", "5,1", "6,2", "7,0", "8,1"})
    void readsEveryWidthOfATrellis(int bits, int codebook) {
        assertReads(ForeignWeights.EXL3, Trellis.draw(128, 256, bits, codebook, random), seed);
    }

    @Test
    void knowsTheNumberOfEveryState() {
        TrellisCodebook[] books = TrellisCodebook.values();
        for (int state = 0; state < 1 << 16; state++) {
            for (int book = 0; book < books.length; book++) {
                assertThat(Float.float16ToFloat(books[book].at(state))).as("%s, state %d", books[book], state)
                        .isEqualTo(Trellis.value(state, book));
            }
        }
    }

    /** A list of patterns with a wrong entry would have duplicate points. */
    @Test
    void theLatticeHasAsManyPointsAsCodes() {
        assertThat(LatticeWords.differentPoints()).isEqualTo(1 << 16);
    }

    @ParameterizedTest
    @CsvSource({"1e-40, expected a few units", "1e30, resid_scale_override"})
    void refusesScalesOfQuipSharpThatMakeNumbersInfinite(String scale, String reason) {
        PartsInMemory file = file(ForeignWeights.QUIP_SHARP_4.draw(64, 64, random));
        QuantizationConfig config = QuantizationConfig.parse(Path.of("config.json"),
                "{\"quip_params\": {\"codebook_version\": 1, \"resid_scale_override\": " + scale + "}}");
        assertThatThrownBy(() -> WeightLayouts.of(config).find(new ComponentTensors(file, MODULE, "."), config))
                .hasMessageContaining(reason);
    }

    @Test
    void refusesRowsLongerThanAnyGroup() {
        int columns = (1 << 26) + 64;
        PartsInMemory file = PartsInMemory.declared(List.of());
        file.put(MODULE + "._weight_qdata", zeros(Plain.I8, Shape.of(1, columns))).put(MODULE + "._weight_scale", Plain.F32, Shape.of(1, 1),
                1);
        file.describe(Map.of(MODULE + ".weight", "{\"_type\": \"Int8Tensor\", \"_data\": {\"block_size\": [1, " + columns + "]}}"));
        assertThatThrownBy(() -> QuantizedCheckpoint.of(file, config(ForeignWeights.TORCHAO_INT8)))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining(MODULE).hasMessageContaining("groups of " + columns);
    }

    @Test
    void dividesRescaledInputsOfQuipSharp() {
        Foreign foreign = LatticeWords.draw(64, 64, 2, random);
        float[] scales = new float[64];
        for (int i = 0; i < 64; i++) {
            scales[i] = 0.5f + random.nextInt(4);
        }
        PartsInMemory file = file(foreign).put(MODULE + ".scaleWH", Plain.F32, Shape.of(64), scales);
        QuantizationConfig config = QuantizationConfig.parse(Path.of("config.json"),
                "{\"quip_params\": {\"rescale_WH\": true, \"codebook_version\": 1}}");
        Weight weight = QuipLayout.E8.find(new ComponentTensors(file, MODULE), config).read(Arena.ofAuto());
        float[] row = new float[64];
        for (int n = 0; n < 64; n++) {
            weight.read(n, row, 0);
            for (int k = 0; k < 64; k++) {
                assertThat(row[k]).as("output %d, input %d, seed %d", n, k, seed).isCloseTo(foreign.numbers()[n][k] / scales[k],
                        within(1e-6f));
            }
        }
        scales[3] = 0;
        file.put(MODULE + ".scaleWH", Plain.F32, Shape.of(64), scales);
        assertThatThrownBy(() -> QuipLayout.E8.find(new ComponentTensors(file, MODULE), config)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining(MODULE + ".scaleWH").hasMessageContaining("element 3 is 0.0");
        file.remove(MODULE + ".scaleWH");
        assertThatThrownBy(() -> QuipLayout.E8.find(new ComponentTensors(file, MODULE), config)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining(MODULE + ".scaleWH").hasMessageContaining("is missing");
    }

    @Test
    void refusesVariantsOfQuipSharp() {
        Foreign foreign = LatticeWords.draw(64, 64, 2, random);
        PartsInMemory fused = file(foreign).put(MODULE + ".fuse_scales", Plain.F32, Shape.of(2), 1, 2);
        assertThatThrownBy(() -> find(ForeignWeights.QUIP_SHARP_2, fused)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining(MODULE).hasMessageContaining("fuse_scales");
        PartsInMemory lowRank = file(foreign).put(MODULE + ".A", Plain.F16, Shape.of(64, 1), new float[64]);
        assertThatThrownBy(() -> find(ForeignWeights.QUIP_SHARP_2, lowRank)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining(MODULE).hasMessageContaining("low-rank correction");
        assertThatThrownBy(() -> find(ForeignWeights.QUIP_SHARP_3, file(foreign))).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining(MODULE).hasMessageContaining("codebook_version 0 of codebook_id 7");
        PartsInMemory odd = file(foreign).put(MODULE + ".SU", Plain.F16, Shape.of(704), new float[704]);
        odd.put(MODULE + ".Qidxs", zeros(Plain.I64, Shape.of(64, 22)));
        assertThatThrownBy(() -> find(ForeignWeights.QUIP_SHARP_2, odd)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining(MODULE).hasMessageContaining("transform of 704").hasMessageContaining("order 44");
    }

    @Test
    void readsSignsOfOldTrellises() {
        Foreign foreign = Trellis.draw(128, 128, 4, 0, random);
        PartsInMemory file = file(foreign);
        for (String side : List.of("su", "sv")) {
            short[] signs = new short[8];
            for (int i = 0; i < signs.length; i++) {
                signs[i] = (short) random.nextInt();
            }
            float[] factors = new float[128];
            for (int i = 0; i < 128; i++) {
                factors[i] = (signs[i / 16] & 0xFFFF) / (1 << i % 16) % 2 == 0 ? 1 : -1;
            }
            file.put(MODULE + "." + side + "h", Plain.F16, Shape.of(128), factors);
            file.put(MODULE + "." + side, ForeignWeights.shorts(Plain.I16, signs, 8));
        }
        Weight spelled = find(ForeignWeights.EXL3, file).read(Arena.ofAuto());
        file.remove(MODULE + ".suh");
        file.remove(MODULE + ".svh");
        Weight packed = find(ForeignWeights.EXL3, file).read(Arena.ofAuto());
        float[][] rows = new float[2][128];
        for (int n = 0; n < 128; n += 41) {
            spelled.read(n, rows[0], 0);
            packed.read(n, rows[1], 0);
            assertThat(rows[1]).isEqualTo(rows[0]);
        }
    }

    /** A last group that is smaller than the others, of a width that straddles words. */
    @ParameterizedTest
    @CsvSource({"40", "70", "100", "165", "199", "223"})
    void readsRowsThatGroupsDoNotFill(int columns) {
        assertReads(ForeignWeights.EXL2, MixedWidths.draw(16, columns, random), seed);
    }

    @Test
    void readsExpertsInOneTensor() {
        Foreign foreign = FourBitFloats.draw(6 * 5, 64, random);
        PartsInMemory file = PartsInMemory.declared(List.of());
        Tensor blocks = foreign.parts().get("_blocks");
        Tensor scales = foreign.parts().get("_scales");
        file.put(MODULE + "_blocks", new Tensor(Plain.U8, Shape.of(6, 5, 2, 16), blocks.data()));
        file.put(MODULE + "_scales", new Tensor(Plain.U8, Shape.of(6, 5, 2), scales.data()));
        Weight weight = find(ForeignWeights.MXFP4, file).read(Arena.ofAuto());
        assertThat(weight.values().shape()).isEqualTo(Shape.of(6, 5, 64));
        float[] row = new float[64];
        for (int n = 0; n < 30; n++) {
            weight.read(n, row, 0);
            assertThat(row).isEqualTo(foreign.numbers()[n]);
        }
    }

    @Test
    void readsHowTorchaoRoundsInputs() {
        Foreign plain = TorchaoObjects.bytes(8, 16, random);
        String kwargs = "{\"_type\": \"QuantizeTensorToInt8Kwargs\", \"_data\": {\"granularity\": {\"_type\": \"%s\", \"_data\": {}},"
                + " \"mapping_type\": {\"_type\": \"MappingType\", \"_data\": \"%s\"}, \"reduce_range\": %s}}";
        assertThat(rounding(plain, kwargs.formatted("PerRow", "SYMMETRIC", false))).isEqualTo(new ActivationQuantization.PerToken(true));
        assertThat(rounding(plain, kwargs.formatted("PerRow", "ASYMMETRIC", false))).isEqualTo(new ActivationQuantization.PerToken(false));
        assertThat(rounding(plain, kwargs.formatted("PerTensor", "SYMMETRIC", false))).isEqualTo(ActivationQuantization.NONE);
        assertThat(rounding(plain, kwargs.formatted("PerRow", "SYMMETRIC", true))).isEqualTo(ActivationQuantization.NONE);
        plain.parts().put("._weight_act_quant_scale",
                ForeignWeights.shorts(Plain.F16, new short[]{ForeignWeights.half(0.25)}, 1));
        assertThat(rounding(plain, kwargs.formatted("PerTensor", "SYMMETRIC", false)))
                .isEqualTo(new ActivationQuantization.PerTensor(0.25f, 0));
        plain.parts().put("._weight_act_pre_scale", ForeignWeights.shorts(Plain.F16, new short[16], 16));
        assertThat(find(ForeignWeights.TORCHAO_INT8, file(plain)).isTransformed()).isTrue();
    }

    private static ActivationQuantization rounding(Foreign foreign, String kwargs) {
        String description = foreign.description().replace("\"act_quant_kwargs\": null", "\"act_quant_kwargs\": " + kwargs);
        StoredWeight stored = find(ForeignWeights.TORCHAO_INT8, file(new Foreign(foreign.parts(), description, foreign.numbers())));
        ActivationQuantization rounding = stored.read(Arena.ofAuto()).inputQuantization();
        assertThat(stored.warnings()).hasSize(rounding.equals(ActivationQuantization.NONE) ? 1 : 0);
        return rounding;
    }

    @Test
    void refusesObjectsOfTorchaoThatItDoesNotKnow() {
        Foreign plain = TorchaoObjects.bytes(8, 16, random);
        String other = plain.description().replace("Int8Tensor", "Int4PreshuffledTensor");
        assertThatThrownBy(() -> find(ForeignWeights.TORCHAO_INT8, file(new Foreign(plain.parts(), other, plain.numbers()))))
                .isInstanceOf(UnsupportedException.class).hasMessageContaining(MODULE).hasMessageContaining("Int4PreshuffledTensor");
        assertThatThrownBy(() -> find(ForeignWeights.TORCHAO_INT8, file(new Foreign(plain.parts(), plain.numbers()))))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining(MODULE).hasMessageContaining("__metadata__");
        String tooLarge = TorchaoObjects.unpacked(8, 32, random).description().replace("int5", "int4");
        assertThatThrownBy(() -> find(ForeignWeights.TORCHAO_INTX,
                file(new Foreign(TorchaoObjects.unpacked(8, 32, random).parts(), tooLarge, plain.numbers()))))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining("_weight_qdata").hasMessageContaining("none of 4 bits");
    }

    /** Impossible positions and groups of EXL2. */
    @ParameterizedTest
    @CsvSource({"q_groups,0,7", "q_groups,0,0", "q_groups,1,1", "q_groups,3,3", "q_groups,3,9999", "q_groups,3,-1", "q_invperm,0,-1",
        "q_invperm,5,64", "q_invperm,5,1000000"})
    void refusesGroupsOutOfRange(String part, int at, int value) {
        PartsInMemory file = file(MixedWidths.draw(16, 64, random));
        Tensor tensor = file.tensor(MODULE + "." + part);
        int size = tensor.codec().equals(Plain.I16) ? 2 : 4;
        for (int b = 0; b < size; b++) {
            tensor.data().set(JAVA_BYTE, (long) at * size + b, (byte) (value >>> 8 * b));
        }
        assertThatThrownBy(() -> find(ForeignWeights.EXL2, file)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining(MODULE + "." + part);
    }

    /** Wrong parts: reported with the tensor's name, or read to something; nothing else. */
    @ParameterizedTest
    @EnumSource
    void refusesWrongParts(ForeignWeights format) {
        PartsInMemory right = file(format.draw(Math.max(format.unit, 8), 2 * Math.max(format.unit, 8), random));
        int refused = 0;
        int tried = 0;
        for (String name : List.copyOf(right.names())) {
            Tensor tensor = right.tensor(name);
            PartsInMemory missing = right.copy();
            missing.remove(name);
            refusedOrRead(format, missing);
            for (Plain other : List.of(Plain.F64, Plain.I32, Plain.U16, Plain.F32)) {
                tried++;
                refused += refusedOrRead(format, right.copy().put(name, zeros(other, tensor.shape()))) ? 1 : 0;
            }
            for (Shape shape : List.of(Shape.of(), Shape.of(0), Shape.of(7), Shape.of(1, 1), Shape.of(5, 3, 2), Shape.of(128, 7))) {
                tried++;
                refused += refusedOrRead(format, right.copy().put(name, zeros((Plain) tensor.codec(), shape))) ? 1 : 0;
            }
            for (int trial = 0; trial < 20; trial++) {
                PartsInMemory damaged = right.copy();
                MemorySegment data = damaged.tensor(name).data();
                for (long i = 0; i < data.byteSize(); i += 1 + random.nextInt(trial == 0 ? 1 : 50)) {
                    data.set(JAVA_BYTE, i, (byte) (trial == 0 ? -1 : random.nextInt()));
                }
                refusedOrRead(format, damaged);
            }
        }
        assertThat(refused).as("of %d, seed %d", tried, seed).isGreaterThan(tried * 6 / 10);
    }

    private boolean refusedOrRead(ForeignWeights format, PartsInMemory file) {
        try {
            Weight weight = find(format, file).read(Arena.ofAuto());
            weight.read(0, new float[(int) weight.values().columns()], 0);
            return false;
        } catch (MalformedFileException | UnsupportedException e) {
            assertThat(e).as("seed %d", seed).hasMessageContaining(MODULE);
            return true;
        }
    }

    private static Tensor zeros(Plain format, Shape shape) {
        return new Tensor(format, shape, Arena.ofAuto().allocate(format.bytes(shape.count())));
    }
}
