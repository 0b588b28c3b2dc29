package dev.nibble.core.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Contract of all usable backends: products with weights in every codec, of every shape and place in memory. */
class BackendContractTest {
    private static final double TOLERANCE = 1e-5;
    private static final float UNTOUCHED = 1234.5f;
    private static final List<Integer> TOKENS = List.of(1, 2, 3, 7, 33);

    private static final List<String> PLAIN = Stream.of(Plain.values()).map(Plain::name).toList();

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    @TempDir
    private Path directory;

    private static List<Backend> backends() {
        return Backends.detect().usable();
    }

    static Stream<Arguments> backendsAndCodecs() {
        return backends().stream().flatMap(backend -> codecs(backend).map(codec -> Arguments.of(backend, codec)));
    }

    /** Codecs with kernels in the backend. */
    private static Stream<Codec> codecs(Backend backend) {
        Random any = new Random(1);
        return TestedCodecs.all().filter(codec -> {
            try (Arena arena = Arena.ofConfined()) {
                return backend.prepare(Weights.random(codec, 1, codec.blockSize(), any), arena).isPresent();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("backends")
    void hasKernels(Backend backend) {
        List<String> has = codecs(backend).map(Codec::name).toList();
        assertThat(has).as(backend.name()).isNotEmpty();
        List<String> without = TestedCodecs.all().map(Codec::name).filter(name -> !has.contains(name)).toList();
        switch (backend.name()) {
            case "reference" -> assertThat(without).isEmpty();
            case "vector" -> assertThat(without).containsExactlyInAnyOrder("INT6-G96", "INT4-G48", "NF4-B48", "INT4-G48-OFFSET", "E8P-G40",
                    "AQLM-1x11-G96");
            case "x86-avx512", "x86-avx2" -> assertThat(without).filteredOn(name -> !PLAIN.contains(name))
                    .containsExactlyInAnyOrder("INT4-G48", "NF4-B48", "INT4-G48-OFFSET", "E8P-G40", "AQLM-3x4-G8");
            default -> assertThat(backend.name()).isEqualTo("x86-amx");
        }
    }

    /** One block, and odd numbers of blocks; for plain types, lengths that no vector divides. */
    private static List<Integer> columns(Codec codec) {
        int block = codec.blockSize();
        return block == 1 ? List.of(1, 7, 16, 172, 1029) : List.of(block, 3 * block, 1024 / block * block + block);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("backendsAndCodecs")
    void multiplies(Backend backend, Codec codec) {
        try (Arena arena = Arena.ofConfined()) {
            for (int columns : columns(codec)) {
                Tensor weight = Weights.random(codec, 37, columns, random);
                MatMul kernel = backend.prepare(weight, arena).orElseThrow();
                for (int tokens : TOKENS) {
                    check(backend, kernel, weight, Weights.activations(tokens, columns, random), 0, 37);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("backendsAndCodecs")
    void takesAnyNumberOfRowsAndAnyPartOfThem(Backend backend, Codec codec) {
        int columns = columns(codec).get(1);
        try (Arena arena = Arena.ofConfined()) {
            for (int rows : new int[]{1, 2, 3, 4, 5, 7, 13, 16, 35}) {
                Tensor weight = Weights.random(codec, rows, columns, random);
                MatMul kernel = backend.prepare(weight, arena).orElseThrow();
                Matrix one = Weights.activations(1, columns, random);
                Matrix some = Weights.activations(9, columns, random);
                check(backend, kernel, weight, one, 0, rows);
                int from = random.nextInt(rows);
                int to = from + random.nextInt(rows - from + 1);
                check(backend, kernel, weight, one, from, to);
                check(backend, kernel, weight, some, from, to);
            }
        }
    }

    /** As many outputs as an output matrix has, copied in several parts. */
    @ParameterizedTest
    @MethodSource("backends")
    void multipliesTensOfThousandsOfRows(Backend backend) {
        Codec codec = codecs(backend).filter(any -> any.blockSize() == 32).findFirst().orElseThrow();
        try (Arena arena = Arena.ofConfined()) {
            Tensor weight = Weights.random(codec, 20_003, 32, random);
            check(backend, backend.prepare(weight, arena).orElseThrow(), weight, Weights.activations(1, 32, random), 0, 20_003);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("backendsAndCodecs")
    void readsFromTheHeapFromMemoryAndFromFilesAtAnyOffset(Backend backend, Codec codec) throws IOException {
        int columns = columns(codec).getLast();
        Tensor heap = Weights.random(codec, 6, columns, random);
        long bytes = heap.data().byteSize();
        Path file = directory.resolve("weight");
        try (Arena arena = Arena.ofShared()) {
            for (int offset : new int[]{0, 1, 7, 30}) {
                MemorySegment inMemory = arena.allocate(bytes + offset, 64).asSlice(offset, bytes);
                inMemory.copyFrom(heap.data());
                byte[] contents = new byte[Math.toIntExact(bytes) + offset];
                MemorySegment inArray = MemorySegment.ofArray(contents).asSlice(offset, bytes);
                inArray.copyFrom(heap.data());
                Files.write(file, contents);
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, offset, bytes, arena);
                    for (MemorySegment data : List.of(inMemory, inArray, mapped)) {
                        Tensor weight = new Tensor(codec, Shape.of(6, columns), data);
                        MatMul kernel = backend.prepare(weight, arena).orElseThrow();
                        check(backend, kernel, weight, Weights.activations(1, columns, random), 0, 6);
                        check(backend, kernel, weight, Weights.activations(5, columns, random), 0, 6);
                    }
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("backendsAndCodecs")
    void givesATokenTheSameWithAndWithoutOthers(Backend backend, Codec codec) {
        int columns = columns(codec).getLast();
        try (Arena arena = Arena.ofConfined()) {
            MatMul kernel = backend.prepare(Weights.random(codec, 39, columns, random), arena).orElseThrow();
            Matrix x = Weights.activations(140, columns, random);
            Matrix y = Matrix.of(140, 39);
            kernel.multiply(x, y, 0, 39);
            for (int[] run : new int[][]{{0, 1}, {1, 3}, {5, 6}, {127, 2}, {128, 12}, {139, 1}, {0, 48}, {3, 137}}) {
                Matrix part = Matrix.of(run[1], 39);
                kernel.multiply(x.slice(run[0], run[1]), part, 0, 39);
                if (backend.quantizesActivations(codec) && run[1] < backend.manyTokens() && 140 >= backend.manyTokens()) {
                    continue; // those sums differ
                }
                assertThat(part.data()).as("%d tokens from %d, seed %d", run[1], run[0], seed).isEqualTo(Arrays.copyOfRange(y.data(), y.at(
                        run[0]), y.at(run[0]) + part.data().length));
            }
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("backendsAndCodecs")
    void letsNaNAndInfinityThrough(Backend backend, Codec codec) {
        int columns = columns(codec).get(1);
        try (Arena arena = Arena.ofConfined()) {
            Tensor weight = Weights.random(codec, 5, columns, random);
            MatMul kernel = backend.prepare(weight, arena).orElseThrow();
            for (float special : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                Matrix x = Weights.activations(4, columns, random);
                x.data()[x.at(2) + random.nextInt(columns)] = special;
                check(backend, kernel, weight, x, 0, 5);
            }
        }
    }

    /** Sums far from 1, if the format has such values; products of subnormals vanish in any order. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("backendsAndCodecs")
    void keepsItsPrecisionForHugeAndTinyActivations(Backend backend, Codec codec) {
        int columns = columns(codec).get(1);
        try (Arena arena = Arena.ofConfined()) {
            Tensor weight = Weights.random(codec, 5, columns, random);
            MatMul kernel = backend.prepare(weight, arena).orElseThrow();
            for (float factor : new float[]{1e30f, 1e-30f}) {
                Matrix x = Weights.activations(4, columns, random);
                for (int i = 0; i < x.data().length; i++) {
                    x.data()[i] *= factor;
                }
                check(backend, kernel, weight, x, 0, 5);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void readsSubnormalAndExtremeScales(Backend backend) {
        for (Codec codec : codecs(backend).toList()) {
            int columns = 2 * codec.blockSize();
            byte[] bytes = new byte[Math.toIntExact(codec.bytes(4L * columns))];
            for (int attempt = 0; attempt < 20; attempt++) {
                random.nextBytes(bytes);
                Tensor weight = new Tensor(codec, Shape.of(4, columns), MemorySegment.ofArray(bytes));
                try (Arena arena = Arena.ofConfined()) {
                    check(backend, backend.prepare(weight, arena).orElseThrow(), weight, Weights.activations(2, columns, random), 0, 4);
                }
            }
        }
    }

    /** Nearly all codes at their largest or smallest, all activations equal: sums in few bits must not overflow. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("backendsAndCodecs")
    void addsUpTheLargestCodes(Backend backend, Codec codec) {
        int columns = columns(codec).getLast();
        try (Arena arena = Arena.ofConfined()) {
            for (float number : new float[]{0.97f, -0.97f}) {
                Tensor weight = Weights.of(codec, 24, columns, i -> i % 16 == 0 ? -Math.signum(number) : number);
                MatMul kernel = backend.prepare(weight, arena).orElseThrow();
                for (float one : new float[]{1, -1}) {
                    Matrix x = Weights.activations(5, columns, random);
                    Arrays.fill(x.data(), one);
                    check(backend, kernel, weight, x, 0, 24);
                    check(backend, kernel, weight, x.slice(0, 1), 0, 24);
                }
            }
        }
    }

    /** Compares with sums in double, relative to the norms of row and token; the rest of y is unchanged. */
    private void check(Backend backend, MatMul kernel, Tensor weight, Matrix x, int from, int to) {
        int outputs = Math.toIntExact(weight.rows());
        Matrix y = new Matrix(new float[x.rows() * outputs + 3], 2, x.rows(), outputs);
        Arrays.fill(y.data(), UNTOUCHED);
        kernel.multiply(x, y, from, to);
        boolean rounds = backend.quantizesActivations(weight.codec());
        Matrix factors = rounds ? RoundedActivations.of(x) : x;
        float[] row = new float[x.columns()];
        for (int output = 0; output < outputs; output++) {
            weight.decode(output, 0, row, 0, row.length);
            for (int token = 0; token < x.rows(); token++) {
                float actual = y.data()[y.at(token) + output];
                String where = weight.codec().name() + " " + weight.shape() + ", " + x.rows() + " tokens: output " + output + " of token "
                        + token + ", seed " + seed;
                if (output < from || output >= to) {
                    assertThat(actual).as(where).isEqualTo(UNTOUCHED);
                } else {
                    compare(row, factors, token, actual, rounds, where);
                }
            }
        }
        IntStream.of(0, 1, y.data().length - 1).forEach(i -> assertThat(y.data()[i]).isEqualTo(UNTOUCHED));
    }

    private static void compare(float[] row, Matrix x, int token, float actual, boolean rounds, String where) {
        double sum = 0;
        double squares = 0;
        double ofToken = 0;
        for (int i = 0; i < row.length; i++) {
            double number = x.data()[x.at(token) + i];
            sum += row[i] * number;
            squares += (double) row[i] * row[i];
            ofToken += number * number;
        }
        double scale = Math.sqrt(squares) * Math.sqrt(ofToken);
        if (!Double.isFinite(sum) && rounds && squares == Double.POSITIVE_INFINITY) {
            return; // a weight beyond the floats, although its code and scale may not be
        }
        if (!Double.isFinite(sum) && rounds) { // 0 · ∞ is summed as integers first
            assertThat(Float.isFinite(actual)).as(where).isFalse();
        } else if (Double.isNaN(sum)) {
            assertThat(actual).as(where).isNaN();
        } else if (Double.isInfinite(sum)) {
            assertThat(Float.isFinite(actual)).as(where).isFalse();
        } else if (scale < Float.MAX_VALUE) {
            assertThat((double) actual).as(where).isCloseTo(sum, within(TOLERANCE * scale + row.length * Float.MIN_VALUE));
        }
    }
}
