package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.E8P;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.codec.OffsetGroups;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.Q4_K;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.json.JsonMapper;

/** The contract of all layouts. A layout gets here by being listed in {@link WeightLayouts#ALL}. */
class WeightLayoutContractTest {
    static final List<WeightLayout> LAYOUTS = WeightLayouts.ALL.stream().filter(layout -> !(layout instanceof ReadOnlyLayout)).toList();
    static final List<WeightLayout> READ_ONLY = WeightLayouts.ALL.stream().filter(ReadOnlyLayout.class::isInstance).toList();
    private static final String MODULE = "model.layers.0.mlp.up_proj";
    private static final List<Codec> CODECS = Stream.of(families(ScaleFormat.F16), families(ScaleFormat.BF16), families(ScaleFormat.F32),
            levels(64), levels(192),
            Stream.of(ScaleFormat.values()).<Codec>map(format -> new OffsetGroups(4, 64, format)),
            Stream.<Codec>of(MXFP4.MXFP4, NVFP4.NVFP4, new E8P(192), new E8P(384), additive(2, 8, 192), additive(1, 10, 384)))
            .flatMap(codecs -> codecs)
            .toList();
    private static final List<Shape> SHAPES = List.of(Shape.of(64, 192), Shape.of(32, 384), Shape.of(96, 192));

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    private static Stream<Codec> families(ScaleFormat format) {
        return Stream.of(1, 2, 3, 4, 5, 8).flatMap(bits -> Stream.of(Zero.values())
                .flatMap(zero -> Stream.of(32, 64, 192).map(group -> new GroupAffine(bits, group, zero, format))));
    }

    private static Stream<Codec> levels(int group) {
        return Stream.of(LevelTable.NF4, LevelTable.FP4, LevelTable.INT8, LevelTable.FP8).map(levels -> new ScaledLevels(levels, group));
    }

    private static AdditiveCodes additive(int books, int bits, int group) {
        AdditiveCodes shape = AdditiveCodes.unlearned(books, bits, group);
        float[] vectors = shape.floats();
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = i % 37 / 16f - 1;
        }
        return shape.with(vectors);
    }

    private record Case(Weight weight, QuantizationConfig config, PartsInMemory parts) {}

    @ParameterizedTest
    @FieldSource("LAYOUTS")
    void readsWhatItWrote(WeightLayout layout) throws IOException {
        int cases = 0;
        for (Codec codec : CODECS) {
            for (Shape shape : SHAPES) {
                for (boolean reordered : new boolean[]{false, true}) {
                    if (columnsDoNotFill(shape, codec)) {
                        continue;
                    }
                    Weight weight = held(layout, weight(codec, shape, reordered));
                    Case written = tryToWrite(layout, weight, reordered);
                    if (written == null) {
                        continue;
                    }
                    cases++;
                    StoredWeight stored = layout.find(parts(layout, written.parts), written.config);
                    Weight read = stored.read(Arena.ofAuto());
                    assertThat(stored.codec()).isEqualTo(read.values().codec());
                    assertThat(stored.shape()).isEqualTo(shape);
                    assertThat(stored.isTransformed()).isEqualTo(!read.inputTransforms().isEmpty());
                    assertThat(stored.warnings()).isEmpty();
                    if (!weight.inputQuantization().equals(ActivationQuantization.NONE)) {
                        assertThat(read.inputQuantization()).isEqualTo(weight.inputQuantization());
                    }
                    assertThat(numbers(read)).as("%s of %s, seed %d", layout.name(), codec.name(), seed).isEqualTo(numbers(weight));
                    assertSame(written.parts, write(layout, read, written.config));
                }
            }
        }
        System.out.println(layout.name() + ": " + cases + " kinds of weights, seed " + seed);
        assertThat(cases).as("something it can hold").isPositive();
    }

    /** Wrong parts: reported with the tensor's name, or read to something; nothing else. */
    @ParameterizedTest
    @FieldSource("LAYOUTS")
    void refusesWrongParts(WeightLayout layout) throws IOException {
        refusesWrongParts(layout, false);
    }

    @ParameterizedTest
    @FieldSource("LAYOUTS")
    @Tag("thorough")
    void refusesWrongPartsOfEveryCodec(WeightLayout layout) throws IOException {
        refusesWrongParts(layout, true);
    }

    /** @param all codecs, not only the first of each kind: UINT4, NF4 and so on */
    private void refusesWrongParts(WeightLayout layout, boolean all) throws IOException {
        int cases = 0;
        Set<String> kinds = new HashSet<>();
        for (Codec codec : CODECS) {
            String kind = codec.name().replaceFirst("-.*", "");
            if (columnsDoNotFill(SHAPES.getFirst(), codec) || !all && kinds.contains(kind)) {
                continue;
            }
            Case written = tryToWrite(layout, held(layout, weight(codec, SHAPES.getFirst(), false)), false);
            if (written == null) {
                continue;
            }
            cases++;
            kinds.add(kind);
            int optional = 0;
            int wrong = 0;
            for (String name : List.copyOf(written.parts.names())) {
                PartsInMemory missing = written.parts.copy();
                missing.remove(name);
                optional += refusedOrRead(layout, missing, written.config) ? 0 : 1;
                Tensor tensor = written.parts.tensor(name);
                for (Plain other : List.of(Plain.F64, Plain.I32, Plain.U8, Plain.F32)) {
                    boolean refused = refusedOrRead(layout, written.parts.copy().put(name, zeros(other, tensor.shape())), written.config);
                    wrong += refused ? 1 : 0;
                }
                for (Shape shape : List.of(Shape.of(), Shape.of(0), Shape.of(7), Shape.of(1, 1), Shape.of(5, 3, 2), Shape.of(64, 7))) {
                    PartsInMemory reshaped = written.parts.copy().put(name, zeros((Plain) tensor.codec(), shape));
                    wrong += refusedOrRead(layout, reshaped, written.config) ? 1 : 0;
                }
                for (int trial = 0; trial < 8; trial++) {
                    PartsInMemory damaged = written.parts.copy();
                    MemorySegment data = damaged.tensor(name).data();
                    for (long i = 0; i < data.byteSize(); i += 1 + random.nextInt(trial == 0 ? 1 : 50)) {
                        data.set(JAVA_BYTE, i, (byte) (trial == 0 ? -1 : random.nextInt()));
                    }
                    refusedOrRead(layout, damaged, written.config);
                }
            }
            int parts = written.parts.names().size();
            assertThat(optional).as("parts of %s that may be missing", codec.name()).isLessThanOrEqualTo(parts / 2);
            assertThat(wrong).as("other formats and shapes of %s that were refused, of %d", codec.name(), 10 * parts)
                    .isGreaterThan(5 * parts);
        }
        assertThat(cases).as("codecs that it holds").isPositive();
    }

    private static ComponentTensors parts(WeightLayout layout, PartsInMemory parts) {
        return new ComponentTensors(parts, MODULE, layout.separator());
    }

    private boolean refusedOrRead(WeightLayout layout, PartsInMemory parts, QuantizationConfig config) {
        try {
            Weight weight = layout.find(parts(layout, parts), config).read(Arena.ofAuto());
            numbers(weight);
            return false;
        } catch (MalformedFileException e) {
            assertThat(e).as("seed %d", seed).hasMessageMatching("(?s).*(" + MODULE + "|/shape|/block_?size|/nested|_JSON).*");
            return true;
        } catch (UnsupportedException e) {
            assertThat(e).hasMessageContaining(MODULE);
            return true;
        }
    }

    @ParameterizedTest
    @FieldSource("READ_ONLY")
    void saysThatItIsNotWritten(WeightLayout layout) {
        refusesToHoldWhatItCannot(layout);
        assertThat(WeightLayouts.named(layout.name())).isSameAs(layout);
        assertThatThrownBy(() -> layout.config(Plain.F16, false, List.of())).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining(layout.name() + " is read, not written");
        assertThatThrownBy(() -> layout.write(weight(Plain.F16, SHAPES.getFirst(), false), MODULE, config("{}"), PartsInMemory.declared(
                List.of()))).isInstanceOf(UnsupportedException.class).hasMessageContaining(MODULE);
    }

    private static QuantizationConfig config(String json) {
        return QuantizationConfig.parse(Path.of("config.json"), json);
    }

    @ParameterizedTest
    @FieldSource("LAYOUTS")
    void refusesToHoldWhatItCannot(WeightLayout layout) {
        TensorInfo module = new TensorInfo(MODULE, Q4_K.Q4_K, Shape.of(32, 256));
        QuantizationConfig config = QuantizationConfig.parse(Path.of("config.json"), "{}");
        assertThatThrownBy(() -> layout.parts(module, config)).isInstanceOf(UnsupportedException.class).hasMessageContaining(MODULE)
                .hasMessageContaining("Q4_K");
        assertThatThrownBy(() -> layout.config(Q4_K.Q4_K, false, List.of())).isInstanceOf(UnsupportedException.class);
    }

    @ParameterizedTest
    @FieldSource("LAYOUTS")
    void isFoundByItsOwnConfiguration(WeightLayout layout) {
        assertThat(WeightLayouts.named(layout.name())).isSameAs(layout);
        int found = 0;
        for (Codec codec : CODECS) {
            QuantizationConfig config;
            try {
                config = config(layout, codec, false);
            } catch (UnsupportedException e) {
                assertThat(e).hasMessageContaining(codec.name());
                continue;
            }
            found++;
            assertThat(WeightLayouts.of(config)).as(codec.name()).isSameAs(layout);
            assertThat(layout.describe(config)).isNotBlank();
        }
        assertThat(found).as("codecs of which it writes a configuration").isPositive();
    }

    private static QuantizationConfig config(WeightLayout layout, Codec codec, boolean reordered) {
        return QuantizationConfig.parse(Path.of("config.json"),
                JsonMapper.shared().writeValueAsString(layout.config(codec, reordered, List.of("lm_head"))));
    }

    /** Null if the layout reports that it cannot hold such a weight. */
    private static Case tryToWrite(WeightLayout layout, Weight weight, boolean reordered) throws IOException {
        try {
            QuantizationConfig config = config(layout, weight.values().codec(), reordered);
            return new Case(weight, config, write(layout, weight, config));
        } catch (UnsupportedException e) {
            return null;
        }
    }

    private static PartsInMemory write(WeightLayout layout, Weight weight, QuantizationConfig config) throws IOException {
        PartsInMemory parts = PartsInMemory.declared(
                layout.parts(module(weight), config)).describe(layout.metadata(List.of(module(weight)), List.of()));
        layout.write(weight, MODULE, config, parts);
        return parts;
    }

    private static TensorInfo module(Weight weight) {
        return new TensorInfo(MODULE, weight.values().codec(), weight.values().shape());
    }

    private static void assertSame(PartsInMemory expected, PartsInMemory found) {
        assertThat(found.names()).containsExactlyElementsOf(expected.names());
        for (String name : expected.names()) {
            assertThat(found.info(name)).isEqualTo(expected.info(name));
            assertThat(found.tensor(name).data().mismatch(expected.tensor(name).data())).as(name).isEqualTo(-1);
        }
    }

    private Weight weight(Codec codec, Shape shape, boolean reordered) {
        int columns = (int) shape.columns();
        float[] numbers = new float[(int) shape.count()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (random.nextGaussian() / 16);
        }
        MemorySegment data = Arena.ofAuto().allocate(codec.bytes(numbers.length));
        codec.encode(numbers, 0, numbers.length, Importance.EQUAL, data, 0);
        Tensor values = new Tensor(codec, shape, data);
        int[] order = new int[columns];
        for (int i = 0; i < columns; i++) {
            order[i] = (int) ((i * 5L + 3) % columns); // 5 is coprime to the numbers of columns
        }
        return reordered && !(codec instanceof E8P) ? new Weight(values, List.of(new Transform.Permutation(order))) : Weight.of(values);
    }

    private static boolean columnsDoNotFill(Shape shape, Codec codec) {
        return shape.columns() % codec.blockSize() != 0;
    }

    /** The weight with everything the layout always has besides the values. */
    private static Weight held(WeightLayout layout, Weight weight) {
        return switch (layout.name()) {
            case "w8a8" -> weight.with(new ActivationQuantization.PerToken(true));
            case "w8a8-static" -> weight.with(new ActivationQuantization.PerTensor(0.05f, -3));
            case "fp8-block" -> weight.values().codec() instanceof ScaledLevels ? alike(weight) : weight;
            case "quip" -> weight.values().codec() instanceof E8P codec ? lattice(codec, weight.values()) : weight;
            default -> weight;
        };
    }

    /** The weight with one scale for all. */
    private static Weight alike(Weight weight) {
        Tensor values = weight.values();
        for (long block = 0; block < values.data().byteSize(); block += values.codec().blockBytes()) {
            values.data().set(ValueLayout.JAVA_FLOAT_UNALIGNED, block, 0.07f);
        }
        return weight;
    }

    /** The weight with one scale for all, between transforms. */
    private static Weight lattice(E8P codec, Tensor values) {
        for (long block = 0; block < values.data().byteSize(); block += codec.blockBytes()) {
            values.data().set(ValueLayout.JAVA_FLOAT_UNALIGNED, block, 0.07f);
        }
        return new Weight(values, List.of(signs((int) values.columns())), List.of(signs((int) values.rows())), ActivationQuantization.NONE);
    }

    private static Transform signs(int size) {
        float[] signs = new float[size];
        for (int i = 0; i < size; i++) {
            signs[i] = i % 3 == 1 ? -1 : 1;
        }
        return new Transform.Hadamard(Integer.lowestOneBit(size), signs);
    }

    private static Tensor zeros(Plain format, Shape shape) {
        return new Tensor(format, shape, Arena.ofAuto().allocate(format.bytes(shape.count())));
    }

    private static float[] numbers(Weight weight) {
        int columns = (int) weight.values().columns();
        float[] numbers = new float[(int) weight.values().shape().count()];
        for (int row = 0; row < weight.values().rows(); row++) {
            weight.read(row, numbers, row * columns);
        }
        return numbers;
    }
}
