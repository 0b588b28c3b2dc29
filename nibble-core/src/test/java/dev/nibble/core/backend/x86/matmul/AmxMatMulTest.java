package dev.nibble.core.backend.x86.matmul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.backend.Weights;
import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.RowFormats;
import dev.nibble.core.backend.x86.memory.Buffers;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Isa;
import dev.nibble.core.x86.machine.KernelCache;
import dev.nibble.core.x86.machine.Machine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Products on tiles: with AMX if available, and with {@link TilesInVectors} as a stand-in. */
class AmxMatMulTest {
    private static final double TOLERANCE = 5e-5;
    private static final float UNTOUCHED = 1234.5f;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    @BeforeAll
    static void requireBfloats() throws IOException {
        Path processors = Path.of("/proc/cpuinfo");
        assumeTrue(Files.exists(processors) && Files.readString(processors).contains("avx512_bf16"),
                "the processor has no AVX-512 for BF16");
        assumeTrue(Machine.detected().features().avx512(), "the processor has no AVX-512");
    }

    private static MatMulKernels kernels(String unit) {
        var space = Machine.detected().space().orElseThrow();
        KernelCache cache = new KernelCache(space, Isa.AMX);
        return unit.equals("amx") ? new MatMulKernels(cache) : new MatMulKernels(cache, panels -> new TilesInVectors(panels)::write);
    }

    static Stream<String> units() {
        return Machine.detected().features().tiles() ? Stream.of("amx", "vectors") : Stream.of("vectors");
    }

    static Stream<Arguments> unitsAndCodecs() {
        List<Codec> codecs = new ArrayList<>(RowFormats.ALL.stream().map(RowFormat::codec).toList());
        for (String name : List.of("UINT2-G32-Z", "INT4-G128", "UINT4-G64-ZF", "UINT8-G32-Z-F32")) {
            codecs.add(GroupAffine.named(name).orElseThrow());
        }
        codecs.add(Plain.BF16);
        return units().flatMap(unit -> codecs.stream().map(codec -> Arguments.of(unit, codec)));
    }

    private static AmxMatMul product(String unit, Tensor heap, Arena arena) {
        MatMulKernels kernels = kernels(unit);
        Buffers buffers = new Buffers();
        MemorySegment data = arena.allocate(heap.data().byteSize(), AmxTiles.LINE);
        data.copyFrom(heap.data());
        Tensor weight = new Tensor(heap.codec(), heap.shape(), data);
        int rows = Math.toIntExact(weight.rows());
        if (TileRows.areBfloats(weight)) {
            return new AmxMatMul(new FloatMatMul(weight, rows, Optional.empty(), kernels, buffers),
                    TileRows.ofBfloats(weight, kernels), rows, kernels, buffers);
        }
        RowFormat format = RowFormats.of(weight.codec()).orElseThrow();
        return new AmxMatMul(new X86MatMul(weight, rows, format, kernels, buffers), TileRows.ofCodes(weight, format, kernels, buffers),
                rows,
                kernels, buffers);
    }

    private static int block(Codec codec) {
        return Math.max(AmxTiles.COLUMNS, codec.blockSize());
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("unitsAndCodecs")
    void multipliesWhatIsRoundedToBfloats(String unit, Codec codec) {
        int[][] shapes = {{16, 1, 48}, {37, 3, 49}, {64, 2, 64}, {31, 1, 83}, {300, 1, 50}};
        try (Arena arena = Arena.ofConfined()) {
            for (int[] shape : shapes) {
                Tensor weight = Weights.random(codec, shape[0], shape[1] * block(codec), random);
                AmxMatMul product = product(unit, weight, arena);
                Matrix x = Weights.activations(shape[2], shape[1] * block(codec), random);
                check(product, weight, x, 0, shape[0]);
                int from = random.nextInt(shape[0]);
                check(product, weight, x, from, from + random.nextInt(shape[0] - from + 1));
            }
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("unitsAndCodecs")
    void leavesFewTokensToTheOther(String unit, Codec codec) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor weight = Weights.random(codec, 20, block(codec), random);
            AmxMatMul product = product(unit, weight, arena);
            Matrix x = Weights.activations(AmxMatMul.MANY, block(codec), random);
            Matrix many = Matrix.of(x.rows(), 20);
            product.multiply(x, many, 0, 20);
            Matrix few = Matrix.of(x.rows() - 1, 20);
            product.multiply(x.slice(0, few.rows()), few, 0, 20);
            Matrix one = Matrix.of(1, 20);
            product.multiply(x.slice(3, 1), one, 0, 20);
            assertThat(Arrays.copyOfRange(few.data(), few.at(3), few.at(4))).isEqualTo(one.data());
            assertThat(Arrays.copyOf(many.data(), few.data().length)).isNotEqualTo(few.data());
        }
    }

    @ParameterizedTest
    @MethodSource("units")
    void letsNaNAndInfinityThrough(String unit) {
        Codec codec = RowFormats.ALL.getFirst().codec();
        try (Arena arena = Arena.ofConfined()) {
            AmxMatMul product = product(unit, Weights.random(codec, 33, 2 * block(codec), random), arena);
            for (float special : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3.4e38f}) {
                Matrix x = Weights.activations(50, 2 * block(codec), random);
                x.data()[x.at(2) + random.nextInt(x.columns())] = special;
                Matrix y = Matrix.of(50, 33);
                product.multiply(x, y, 0, 33);
                for (int i = 0; i < y.data().length; i++) {
                    boolean finite = i / 33 != 2;
                    assertThat(Float.isFinite(y.data()[i]) || !finite).as("%s, output %d, seed %d", special, i, seed).isTrue();
                }
                assertThat(Float.isFinite(y.data()[y.at(2) + 32])).as("%s, seed %d", special, seed).isFalse();
            }
        }
    }

    private void check(AmxMatMul product, Tensor weight, Matrix x, int from, int to) {
        int outputs = product.outputs();
        Matrix y = new Matrix(new float[x.rows() * outputs + 3], 2, x.rows(), outputs);
        Arrays.fill(y.data(), UNTOUCHED);
        product.multiply(x, y, from, to);
        float[] row = new float[x.columns()];
        for (int output = 0; output < outputs; output++) {
            weight.decode(output, 0, row, 0, row.length);
            rounded(row, 0, row.length);
            for (int token = 0; token < x.rows(); token++) {
                String where = weight.codec().name() + " " + weight.shape() + ", " + x.rows() + " tokens: output " + output + " of token "
                        + token + ", seed " + seed;
                float actual = y.data()[y.at(token) + output];
                if (output < from || output >= to) {
                    assertThat(actual).as(where).isEqualTo(UNTOUCHED);
                } else {
                    compare(row, x, token, actual, where);
                }
            }
        }
        assertThat(y.data()[y.data().length - 1]).isEqualTo(UNTOUCHED);
    }

    private static void compare(float[] row, Matrix x, int token, float actual, String where) {
        float[] activations = Arrays.copyOfRange(x.data(), x.at(token), x.at(token) + row.length);
        rounded(activations, 0, row.length);
        double sum = 0;
        double squares = 0;
        double ofToken = 0;
        for (int i = 0; i < row.length; i++) {
            sum += (double) row[i] * activations[i];
            squares += (double) row[i] * row[i];
            ofToken += (double) activations[i] * activations[i];
        }
        assertThat((double) actual).as(where).isCloseTo(sum,
                within(TOLERANCE * Math.sqrt(squares) * Math.sqrt(ofToken) + Float.MIN_NORMAL));
    }

    private static void rounded(float[] numbers, int from, int to) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(Plain.BF16.bytes(to - from))]);
        Plain.BF16.encode(numbers, from, to - from, Importance.EQUAL, bytes, 0);
        new Tensor(Plain.BF16, Shape.of(1, to - from), bytes).decode(0, 0, numbers, from, to - from);
    }
}
